import { fork } from 'node:child_process';
import { once } from 'node:events';
import { BOTH_ON, ended, finished, raise, setSettings, startRevert } from '../test/support/cases';
import { startTestDovecot } from '../test/support/dovecot';
import { createHarness, env, type Harness } from '../test/support/harness';
import { appendCopies, firstRoundEnded, imapConfig, indexAll } from '../test/support/imap-mailboxes';
import { median, shown } from './figures';
import { CONNECTIONS, type ScriptAnswer, type ScriptOrder } from './imap-script';

const MAILBOXES = 200;
const IN_EACH = 50;
const ROUNDS = 3;
const TARGET = 1.5;

/**
 * 10,000 messages over 200 mailboxes of a real Dovecot, removed, verified and restored: the whole of it, from the alert
 * to the end of the revert, against a script that does the same with the IMAP library alone, over as many connections
 * and in the same batches. The two take turns, each on mailboxes of its own. Answers whether the ratio of the medians is
 * within its target. A third time the script also writes what the laws demand, and nothing else: the floor, which says
 * what of the ratio this machine leaves to Clawback.
 */
export async function imap(): Promise<boolean> {
  // As a server is that keeps mail: what it says is done is on the disk (Dovecot's default).
  const server = await startTestDovecot({ extra: ['mail_fsync = optimized'] });
  const names = (prefix: string): string[] =>
    Array.from({ length: MAILBOXES }, (_, at) => `${prefix}${at}@corp.example`);
  const [ours, bare] = [names('user'), names('bare')];
  const mail = [imapConfig(server.port, ours, { limits: { connections: CONNECTIONS } })];
  const harness = await createHarness({ mail });
  try {
    const { file } = await appendCopies(server.port, ours, IN_EACH);
    await appendCopies(server.port, bare, IN_EACH);
    const start = performance.now();
    await indexAll(harness);
    console.log(`${MAILBOXES * IN_EACH} messages probed for and indexed in ${shown(performance.now() - start)}`);
    await setSettings(harness, BOTH_ON);
    await harness.startWorker();
    // The round with which a worker begins is no part of a removal.
    await firstRoundEnded(harness);
    const script = { port: server.port, mailboxes: bare };
    const floor = { uri: env('MONGODB_URI'), database: `${harness.database}-floor`, inEach: IN_EACH };
    const rounds: { readonly bare: number; readonly floor: number; readonly whole: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const took = {
        bare: await runScript({ ...script, floor: null }),
        floor: await runScript({ ...script, floor }),
        whole: await runOurs(harness, file),
      };
      rounds.push(took);
      console.log(
        `round ${round + 1}: bare script ${shown(took.bare)}, floor ${shown(took.floor)}, removal and restore ${shown(took.whole)}`,
      );
      await clearReverted(harness);
    }
    const bareMs = median(rounds.map(({ bare }) => bare));
    const ratio = median(rounds.map(({ whole }) => whole)) / bareMs;
    const least = median(rounds.map(({ floor }) => floor)) / bareMs;
    console.log(
      `${MAILBOXES * IN_EACH} messages: ratio ${ratio.toFixed(2)} to a bare script (must be at most ${TARGET}), that of the floor is ${least.toFixed(2)}`,
    );
    return ratio <= TARGET;
  } finally {
    await harness.close();
    await server.remove();
  }
}

/** Runs the script as a program of its own; gives the milliseconds that it took, without its start. */
async function runScript(order: ScriptOrder): Promise<number> {
  const program = fork(require.resolve('./imap-script'));
  const answer = once(program, 'message') as Promise<[ScriptAnswer]>;
  const failed = once(program, 'exit').then(() => Promise.reject(new Error('The script has failed')));
  program.send(order);
  try {
    const [{ ms }] = await Promise.race([answer, failed]);
    return ms;
  } finally {
    failed.catch(() => undefined);
    program.kill();
  }
}

/** Removes the campaign and puts it back; gives the milliseconds that it took. */
async function runOurs(harness: Harness, file: Parameters<typeof raise>[1][number]): Promise<number> {
  const start = performance.now();
  const { id } = await raise(harness, [file]);
  const { actions } = await ended(harness, id);
  const [action] = actions;
  if (action?.outcomes?.removed !== MAILBOXES * IN_EACH) throw new Error(`Removed ${action?.outcomes?.removed ?? 0}`);
  const revert = await finished(harness, await startRevert(harness, action._id));
  if (revert.outcomes?.restored !== MAILBOXES * IN_EACH) throw new Error(`Restored ${revert.outcomes?.restored ?? 0}`);
  return performance.now() - start;
}

/** What was put back by a person waits at the next alert: for the next round nobody has put it back. */
async function clearReverted({ store }: Harness): Promise<void> {
  await store.messages.collection.updateMany({}, { $set: { clearedKeys: [] } });
  await store.budget.collection.deleteMany({});
}
