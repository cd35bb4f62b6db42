import { connect, createServer, type Socket } from 'node:net';
import { listenAnywhere } from './listen';

/** A way to a server that says something else than what was said: a server of another make, or one that lies. */
export interface RewritingProxy {
  readonly port: number;
  /** What becomes of what the client says, and of what the server says; as it is until this is called. */
  rewrite(rules: { readonly up?: (said: string) => string; readonly down?: (said: string) => string }): void;
  close(): Promise<void>;
}

/** Lines are not put together again: tests say little at once, over loopback. */
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
    upstream.on('data', (data) => client.write(Buffer.from(rules.down(data.toString('latin1')), 'latin1')));
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
