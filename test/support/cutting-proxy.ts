import { connect, createServer, type Socket } from 'node:net';
import { listenAnywhere } from './listen';

/** A way to a server that can be cut, as a network does it. */
export interface CuttingProxy {
  readonly port: number;
  /** The next command of a client that looks so is carried out by the server; its answer never reaches the client. */
  cutAfter(command: RegExp): void;
  /** The same, but the client waits for the answer; says when the server has given it. */
  holdAfter(command: RegExp): Promise<void>;
  /** The next command of a client that looks so never reaches the server; the client hears again and again that it is there. */
  talkAfter(command: RegExp): void;
  /** Commands for which this gives an answer never reach the server. */
  answer(give: (command: string) => string | null): void;
  /** What the server sends comes in small pieces, one after another. */
  slow(on: boolean): void;
  /** New connections are ended at once, and those that are open now. */
  refuse(on: boolean): void;
  cuts(): number;
  close(): Promise<void>;
}

const TALK_MS = 50;
const PIECE = 16 * 1024;

export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  let pattern: RegExp | null = null;
  let held: (() => void) | null = null;
  let refusing = false;
  let talking = false;
  let slowly = false;
  let answering: (command: string) => string | null = () => null;
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port: target });
    let done: RegExp | null = null;
    let withheld = '';
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        // What was sent before the cut is carried out: the server is left alone until it has answered.
        if (done === null || refusing) upstream.destroy();
      });
    }
    client.on('data', (data) => {
      const own = answering(data.toString('latin1'));
      if (own !== null) {
        client.write(own);
        return;
      }
      const line = data
        .toString('latin1')
        .split('\r\n')
        .find((sent) => pattern?.test(sent));
      if (line !== undefined && talking) {
        pattern = null;
        const timer = setInterval(() => client.write('* OK Still here\r\n'), TALK_MS);
        client.on('close', () => clearInterval(timer));
        return;
      }
      if (line !== undefined) {
        pattern = null;
        done = endOf(line);
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (done === null) {
        if (slowly) passSlowly(data, upstream, client);
        else client.write(data);
        return;
      }
      withheld += data.toString('latin1');
      if (!done.test(withheld)) return;
      if (held !== null) {
        held();
        return;
      }
      cuts++;
      client.destroy();
      upstream.destroy();
    });
  });
  const port = await listenAnywhere(server);
  return {
    port,
    cutAfter(command) {
      held = null;
      talking = false;
      pattern = command;
    },
    holdAfter: (command) =>
      new Promise((resolve) => {
        held = resolve;
        talking = false;
        pattern = command;
      }),
    talkAfter(command) {
      talking = true;
      pattern = command;
    },
    answer(give) {
      answering = give;
    },
    slow(on) {
      slowly = on;
    },
    refuse(on) {
      refusing = on;
      if (on) for (const socket of open) socket.destroy();
    },
    cuts: () => cuts,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What the server says last about a command: its tagged answer, or that it waits for more of it, which never comes. */
function endOf(command: string): RegExp {
  const tag = command.split(' ')[0]?.replace(/[^A-Za-z0-9]/g, '\\$&') ?? '';
  return new RegExp(`^(${tag} |\\+ )`, 'm');
}

/** The server waits until the client has it all. */
function passSlowly(data: Buffer, from: Socket, to: Socket): void {
  from.pause();
  const pass = (at: number): void => {
    to.write(data.subarray(at, at + PIECE));
    if (at + PIECE < data.length) setTimeout(pass, TALK_MS, at + PIECE);
    else from.resume();
  };
  setTimeout(pass, TALK_MS, 0);
}
