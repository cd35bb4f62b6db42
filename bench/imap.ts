import { type ImapFlow } from 'imapflow';
import { inTurns } from '../domain/in-turns';
import { BOTH_ON, ended, finished, raise, setSettings, startRevert } from '../test/support/cases';
import { asUser, MASTER, startTestDovecot, type TestDovecot } from '../test/support/dovecot';
import { createHarness, type Harness } from '../test/support/harness';
import { appendCopies, firstRoundEnded, imapConfig, indexAll } from '../test/support/imap-mailboxes';
import { median, shown } from './figures';

const MAILBOXES = 200;
const IN_EACH = 50;
const CONNECTIONS = 8;
const ROUNDS = 3;
const TARGET = 1.5;
const RECOVERABLE = 'Clawback Recoverable';

/**
 * 10,000 messages over 200 mailboxes of a real Dovecot, removed, verified and restored: the whole of it, from the alert
 * to the end of the revert, against a script that does the same with the IMAP library alone, over as many connections
 * and in the same batches. The two take turns, each on mailboxes of its own. Answers whether the ratio of the medians is
 * within its target.
 */
export async function imap(): Promise<boolean> {
  // As a server is that keeps mail: what it says is done is on the disk (Dovecot's default).
  const server = await startTestDovecot({ extra: ['mail_fsync = optimized'] });
  const names = (prefix: string): string[] =>
    Array.from({ length: MAILBOXES }, (_, at) => `${prefix}${at}@corp.example`);
  const [ours, bare] = [names('user'), names('bare')];
  const harness = await createHarness({ mail: [imapConfig(server.port, ours)] });
  try {
    const { file } = await appendCopies(server.port, [...ours, ...bare], IN_EACH);
    const start = performance.now();
    await indexAll(harness);
    console.log(`${MAILBOXES * IN_EACH} messages probed for and indexed in ${shown(performance.now() - start)}`);
    await setSettings(harness, BOTH_ON);
    await harness.startWorker();
    // The round with which a worker begins is no part of a removal.
    await firstRoundEnded(harness);
    const floors: number[] = [];
    const whole: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      floors.push(await timeBare(server, bare));
      whole.push(await timeOurs(harness, file));
      console.log(
        `round ${round + 1}: bare script ${shown(floors[round])}, removal and restore ${shown(whole[round])}`,
      );
      await clearReverted(harness);
    }
    const ratio = median(whole) / median(floors);
    console.log(
      `${MAILBOXES * IN_EACH} messages: ratio ${ratio.toFixed(2)} to a bare script (must be at most ${TARGET})`,
    );
    return ratio <= TARGET;
  } finally {
    await harness.close();
    await server.remove();
  }
}

async function timeOurs(harness: Harness, file: Parameters<typeof raise>[1][number]): Promise<number> {
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

async function timeBare({ port }: TestDovecot, mailboxes: readonly string[]): Promise<number> {
  const start = performance.now();
  await inTurns(mailboxes, CONNECTIONS, async (mailbox) => {
    const client = await master(port, mailbox);
    await client.mailboxCreate(RECOVERABLE).catch(() => undefined);
    await moveAll(client, 'INBOX', RECOVERABLE);
    await client.logout();
  });
  await inTurns(mailboxes, CONNECTIONS, async (mailbox) => {
    const client = await master(port, mailbox);
    const back = await moveAll(client, RECOVERABLE, 'INBOX');
    if (back.length !== IN_EACH) throw new Error(`${mailbox}: ${back.length} messages are back`);
    await client.logout();
  });
  return performance.now() - start;
}

/** Moves every message and looks at both folders: gone from the one, in the other. */
async function moveAll(client: ImapFlow, from: string, to: string): Promise<number[]> {
  await client.mailboxOpen(from);
  const uids: number[] = [];
  for await (const { uid } of client.fetch('1:*', { uid: true, flags: true, size: true })) uids.push(uid);
  const answer = await client.messageMove(uids.join(','), to, { uid: true });
  const moved = answer ? [...(answer.uidMap?.values() ?? [])] : [];
  for await (const { uid } of client.fetch(uids.join(','), { uid: true }, { uid: true }))
    throw new Error(`${uid} stays`);
  await client.mailboxOpen(to, { readOnly: true });
  const seen: number[] = [];
  const query = { uid: true, flags: true, size: true };
  for await (const { uid } of client.fetch(moved.join(','), query, { uid: true })) seen.push(uid);
  return seen;
}

function master(port: number, mailbox: string): Promise<ImapFlow> {
  return asUser(port, `${mailbox}*${MASTER.user}`, MASTER.password);
}
