import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../domain/ids';
import { startServers } from '../../embedded/servers';

/** Servers for tests on a folder of their own; the environment says where they are. */
export interface TestServers {
  readonly dataDir: string;
  stop(): Promise<void>;
}

/** Any free port: the usual ones may be those of a Clawback that runs on this machine, or that starts right now. */
export const ANY_PORTS = { mongoPort: 0, temporalPort: 0, uiPort: 0 } as const;

export async function startTestServers(
  purpose: string,
  mongodParameters: Readonly<Record<string, string>> = {},
): Promise<TestServers> {
  const dataDir = mkdtempSync(join(tmpdir(), `clawback-${purpose}-`));
  const servers = await startServers({
    ...{ dataDir, log: () => undefined, searchAttributes: SEARCH_ATTRIBUTES, mongodParameters },
    ...ANY_PORTS,
  });
  process.env['MONGODB_URI'] = servers.mongoUri;
  process.env['TEMPORAL_ADDRESS'] = servers.temporalAddress;
  return {
    dataDir,
    async stop() {
      await servers.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
