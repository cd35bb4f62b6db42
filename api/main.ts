import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { createApp } from './app';
import { type Config, ConfigError } from './config';
import { consoleFolder } from './console';
import { type ApiDeps } from './deps';
import { createEventHub } from './events/hub';

export interface RunningApi {
  readonly url: string;
  /** Takes no new requests and lets running ones end, 10 seconds at most. */
  close(): Promise<void>;
}

const CLOSE_MS = 10_000;

/** What of the configuration the server needs; without `tls` it speaks plain HTTP. */
export type ListenOptions = Pick<Config, 'host' | 'port' | 'trustedProxies'> &
  Partial<Pick<Config, 'tls'>> & {
    /** `false` without the console at `/`. */
    readonly console?: boolean;
  };

/** Serves the API on a host and port; throws one clear line where the port is taken or the certificate cannot be used. */
export async function startApi(
  deps: ApiDeps,
  { host, port, trustedProxies, tls = null, console = true }: ListenOptions,
): Promise<RunningApi> {
  const events = createEventHub(deps);
  const app = createApp(deps, { trustedProxies, events, console: console ? consoleFolder() : null });
  const server = tls === null ? createServer(app) : tlsServer(app, tls);
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
    url: `${tls === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await events.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

function tlsServer(app: Parameters<typeof createServer>[1], tls: NonNullable<Config['tls']>): Server {
  try {
    return createTlsServer(
      { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile), minVersion: 'TLSv1.2' },
      app,
    );
  } catch (error) {
    throw new ConfigError('CLAWBACK_TLS_CERT, CLAWBACK_TLS_KEY: cannot be used as a certificate and its key (PEM)', {
      cause: error,
    });
  }
}
