import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../domain/ids';
import { startServers } from '../embedded/servers';
import { createHarness } from '../test/support/harness';
import { removal } from './removal';

const BENCHES = { removal } as const;

/** `npm run bench removal`: runs one bench on servers of its own; ends with 1 where its target is missed. */
async function main(name: string | undefined): Promise<number> {
  if (name === undefined || !(name in BENCHES)) {
    console.error(`usage: npm run bench ${Object.keys(BENCHES).join('|')}`);
    return 2;
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'clawback-bench-'));
  const ports = { mongoPort: 0, temporalPort: 0, uiPort: 0 };
  const servers = await startServers({ dataDir, log: () => undefined, searchAttributes: SEARCH_ATTRIBUTES, ...ports });
  process.env['MONGODB_URI'] = servers.mongoUri;
  process.env['TEMPORAL_ADDRESS'] = servers.temporalAddress;
  const harness = await createHarness();
  try {
    return (await BENCHES[name as keyof typeof BENCHES](harness)) ? 0 : 1;
  } finally {
    await harness.close();
    await servers.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

void main(process.argv[2]).then((code) => process.exit(code));
