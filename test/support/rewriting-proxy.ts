import { connect, createServer, type Socket } from 'node:net';
import { listenAnywhere } from './listen';

/** A way to a server that says something else than what was said: a server of another make, or one that lies. */
export interface RewritingProxy {
  readonly port: number;
  /** What becomes of what the client says, and of what the server says; as it is until this is called. */
  rewrite(rules: { readonly up?: (said: string) => string; readonly down?: (said: string) => string }): void;
  close(): Promise<void>;
}

/**
 * What the server says comes to its rule by whole answers, in however many pieces a busy machine sends them. What the client
 * says does not: a command comes at once, and the server has to hear of a literal before it comes.
 */
export async function startRewritingProxy(target: number): Promise<RewritingProxy> {
  const same = (said: string): string => said;
  let rules: { readonly up: (said: string) => string; readonly down: (said: string) => string } = {
    up: same,
    down: same,
  };
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: target });
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (data) => upstream.write(Buffer.from(rules.up(data.toString('latin1')), 'latin1')));
    let rest = '';
    const pass = (said: string): void => void client.write(Buffer.from(rules.down(said), 'latin1'));
    upstream.on('data', (data) => {
      const said = rest + data.toString('latin1');
      const end = endOfWhole(said);
      rest = said.slice(end);
      if (end > 0) pass(said.slice(0, end));
    });
    // It ended in the middle of an answer.
    upstream.on('end', () => pass(rest));
  });
  const port = await listenAnywhere(server);
  return {
    port,
    rewrite({ up = same, down = same }) {
      rules = { up, down };
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Where the last answer ends that is there as a whole: its last line, after all literals in it. */
function endOfWhole(said: string): number {
  let [end, at] = [0, 0];
  for (;;) {
    const line = said.indexOf('\r\n', at);
    if (line < 0) return end;
    const [, literal] = /\{(\d+)\}$/.exec(said.slice(at, line)) ?? [];
    at = line + 2 + Number(literal ?? 0);
    if (literal === undefined) end = at;
  }
}
