import { type ImapFlow } from 'imapflow';
import { inTurns } from '../domain/in-turns';
import { asUser, MASTER } from '../test/support/dovecot';
import { type FloorOrder, openFloor } from './imap-floor';

const RECOVERABLE = 'Clawback Recoverable';
export const CONNECTIONS = 8;

/** A program of its own: in a process in which a worker runs, the library takes half as long again for the same. */
if (require.main === module) {
  process.once('message', (order: ScriptOrder) => {
    void run(order).then((ms) => process.send?.({ ms } satisfies ScriptAnswer));
  });
}

/** What the program is told. */
export interface ScriptOrder {
  readonly port: number;
  readonly mailboxes: readonly string[];
  /** Where it writes what the laws demand; `null` for the bare script, which keeps nothing of what it sees. */
  readonly floor: FloorOrder | null;
}

/** What it answers: how long it took. */
export interface ScriptAnswer {
  readonly ms: number;
}

/** Moves everything of the mailboxes' inboxes away and back with the IMAP library alone; gives the milliseconds. */
async function run({ port, mailboxes, floor: order }: ScriptOrder): Promise<number> {
  const floor = order === null ? null : await openFloor(order, mailboxes);
  const start = performance.now();
  for (const isRemoval of [true, false]) {
    await floor?.freeze(isRemoval);
    await inTurns(mailboxes, CONNECTIONS, async (mailbox) => {
      const client = await signIn(port, mailbox);
      const uids = await moveAll(client, isRemoval);
      await floor?.moved(mailbox, uids);
      await client.logout();
    });
  }
  const took = performance.now() - start;
  await floor?.close();
  return took;
}

/** Moves every message and looks at both folders: gone from the one, in the other. Gives the UIDs before and after. */
async function moveAll(client: ImapFlow, isRemoval: boolean): Promise<ReadonlyMap<number, number>> {
  if (isRemoval) await client.mailboxCreate(RECOVERABLE).catch(() => undefined);
  const [from, to] = isRemoval ? ['INBOX', RECOVERABLE] : [RECOVERABLE, 'INBOX'];
  await client.mailboxOpen(from);
  const seen: number[] = [];
  for await (const { uid } of client.fetch('1:*', { uid: true, flags: true, size: true })) seen.push(uid);
  const answer = await client.messageMove(seen.join(','), to, { uid: true });
  const uids: ReadonlyMap<number, number> = answer ? (answer.uidMap ?? new Map()) : new Map();
  for await (const { uid } of client.fetch(seen.join(','), { uid: true }, { uid: true }))
    throw new Error(`${uid} stays`);
  await client.mailboxOpen(to, { readOnly: true });
  let arrived = 0;
  const query = { uid: true, flags: true, size: true };
  for await (const { uid } of client.fetch([...uids.values()].join(','), query, { uid: true }))
    arrived += uid > 0 ? 1 : 0;
  if (arrived !== seen.length || arrived === 0) throw new Error(`${arrived} of ${seen.length} have arrived in ${to}`);
  return uids;
}

function signIn(port: number, mailbox: string): Promise<ImapFlow> {
  return asUser(port, `${mailbox}*${MASTER.user}`, MASTER.password);
}
