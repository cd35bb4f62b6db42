import { createHarness } from '../test/support/harness';
import { startTestServers } from '../test/support/servers';
import { consoleBench } from './console';
import { explorer } from './explorer';
import { imap } from './imap';
import { imapMemory } from './imap-memory';
import { removal } from './removal';
import { safety } from './safety';
import { takeAction } from './take-action';

const BENCHES = {
  ...{ console: consoleBench, explorer, imap, 'imap-memory': imapMemory, removal, safety },
  'take-action': takeAction,
} as const;

/** `npm run bench removal`: runs one bench on servers of its own; ends with 1 where its target is missed. */
async function main(name: string | undefined): Promise<number> {
  if (name === undefined || !(name in BENCHES)) {
    console.error(`usage: npm run bench ${Object.keys(BENCHES).join('|')}`);
    return 2;
  }
  const servers = await startTestServers('bench');
  const harness = await createHarness();
  try {
    return (await BENCHES[name as keyof typeof BENCHES](harness)) ? 0 : 1;
  } finally {
    await harness.close();
    await servers.stop();
  }
}

void main(process.argv[2]).then((code) => process.exit(code));
