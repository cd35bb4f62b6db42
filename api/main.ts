import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createApp } from './app';
import { type ApiDeps } from './deps';

export interface RunningApi {
  readonly url: string;
  /** Takes no new requests and lets running ones end, 10 seconds at most. */
  close(): Promise<void>;
}

const CLOSE_MS = 10_000;

/** Serves the API on a host and port; throws one clear line where the port is taken. */
export async function startApi(
  deps: ApiDeps,
  {
    host,
    port,
    trustedProxies,
  }: { readonly host: string; readonly port: number; readonly trustedProxies: readonly string[] },
): Promise<RunningApi> {
  const server = createServer(createApp(deps, { trustedProxies }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE' ? new Error(`Port ${port} is in use: choose another with CLAWBACK_PORT`) : error,
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}
