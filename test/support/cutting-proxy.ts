import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut, as a network does it. */
export interface CuttingProxy {
  readonly port: number;
  /** The next command of a client that looks so reaches the server; its answer never reaches the client. */
  cutAfter(command: RegExp): void;
  /** New connections are ended at once, and those that are open now. */
  refuse(on: boolean): void;
  cuts(): number;
  close(): Promise<void>;
}

export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  let pattern: RegExp | null = null;
  let refusing = false;
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port: target });
    let cut = false;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        // What was sent to the server before the cut is carried out: it is closed only once it has answered.
        if (!cut) upstream.destroy();
      });
    }
    client.on('data', (data) => {
      if (pattern?.test(data.toString('latin1')) === true) {
        pattern = null;
        cut = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!cut) {
        client.write(data);
        return;
      }
      cuts++;
      client.destroy();
      upstream.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cutAfter(command) {
      pattern = command;
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
