import { type ImapFlow } from 'imapflow';
import { groupBy } from '../domain/group';
import { inTurns } from '../domain/in-turns';
import { placed, RECOVERABLE_FOLDER } from '../domain/location';
import { newId } from '../store/collection';
import { type LedgerDoc } from '../store/ledger';
import { type Store } from '../store/store';
import { asUser, MASTER } from '../test/support/dovecot';

export const RECOVERABLE = 'Clawback Recoverable';
export const CONNECTIONS = 8;

/** Messages of one mailbox that a script moved. */
interface Moved {
  /** The new UID of each, by its old one. */
  readonly uids: ReadonlyMap<number, number>;
  readonly uidValidity: string;
}

/** Moves everything of the mailboxes' inboxes away and back with the IMAP library alone: what is seen is not kept. */
export async function runBare(port: number, mailboxes: readonly string[]): Promise<void> {
  for (const isRemoval of [true, false]) {
    await inTurns(mailboxes, CONNECTIONS, async (mailbox) => {
      const client = await signIn(port, mailbox);
      await moveAll(client, isRemoval);
      await client.logout();
    });
  }
}

/**
 * The same with the writing that the laws of the ledger ask for, as the records are laid out now, and nothing else of Clawback:
 * all rows are frozen first; for each mailbox one lease with what is begun, one reading of the places, one update of
 * them, one of the outcomes, and the end of the lease.
 */
export async function runRecording(store: Store, port: number, mailboxes: readonly string[]): Promise<void> {
  for (const isRemoval of [true, false]) {
    const jobId = newId();
    const rows = await rowsOf(store, jobId, mailboxes);
    await store.ledger.insert(rows);
    const byMailbox = groupBy(rows, ({ mailbox }) => mailbox);
    await inTurns(mailboxes, CONNECTIONS, async (mailbox) => {
      const own = byMailbox.get(mailbox) ?? [];
      const ids = own.map(({ messageId }) => messageId);
      const [at, to] = [new Date(), isRemoval ? RECOVERABLE_FOLDER : 'inbox'];
      const intent = { jobId, kind: isRemoval ? 'remove' : 'restore', to, at, actionId: null } as const;
      const begun = { holder: jobId, until: at, begun: [{ intent, messages: ids }] };
      const [client] = await Promise.all([
        signIn(port, mailbox),
        store.leases.collection.updateOne({ _id: mailbox }, { $set: begun }, { upsert: true }),
      ]);
      const projection = { revision: 1, folder: 1, place: 1, removedBy: 1 };
      const [first] = await store.messages.collection.find({ _id: { $in: ids } }, { projection }).toArray();
      const { uids, uidValidity } = await moveAll(client, isRemoval);
      const uid = first?.place?.uid ?? 0;
      const { modifiedCount } = await store.messages.collection.updateMany(
        { _id: { $in: ids }, revision: first?.revision ?? -1 },
        {
          $set: {
            ...{
              ...placed(to),
              placedBy: jobId,
              removedBy: isRemoval ? jobId : null,
              removedAt: isRemoval ? at : null,
            },
            ...{ 'place.path': isRemoval ? RECOVERABLE : 'INBOX', 'place.uidValidity': uidValidity },
          },
          $inc: { revision: 1, 'place.uid': (uids.get(uid) ?? 0) - uid },
        },
      );
      if (modifiedCount !== own.length) throw new Error(`${mailbox}: ${modifiedCount} places were written`);
      const outcome = { outcome: isRemoval ? 'removed' : 'restored', reason: null, ownerActionId: null, to } as const;
      await store.ledger.settle([{ ids: own.map(({ _id }) => _id), ...outcome, event: EVENT }], 1, at);
      const ended = { $set: { holder: null, begun: [] } };
      await store.leases.collection.updateOne({ _id: mailbox }, ended, { writeConcern: { w: 1 } });
      await client.logout();
    });
  }
}

const EVENT = {
  ...{ action: 'Soft deleted', actionType: 'Automated Remediation', actionTrigger: 'Automation' },
  ...{ actionResult: 'Success', sourceLocation: 'Inbox/folder', deliveryLocation: 'Soft deleted' },
  additionalAction: 'Automated remediation:automated',
} as const;

async function rowsOf({ messages }: Store, jobId: string, mailboxes: readonly string[]): Promise<LedgerDoc[]> {
  const found = await messages.collection
    .find({ mailbox: { $in: [...mailboxes] } }, { projection: { mailbox: 1, networkMessageId: 1, receivedAt: 1 } })
    .sort({ mailbox: 1, _id: 1 })
    .toArray();
  return found.map(({ _id: messageId, mailbox, networkMessageId, receivedAt }, seq) => ({
    ...{ _id: `${jobId}.${String(seq).padStart(7, '0')}`, jobId, kind: 'action', chunk: 0 },
    ...{ messageId, mailbox, networkMessageId, receivedAt, from: 'inbox', to: null, revision: 0, fence: 1 },
    ...{ outcome: 'open', reason: null, ownerActionId: null, at: null, event: null },
  }));
}

/** Moves every message and looks at both folders: gone from the one, in the other. */
async function moveAll(client: ImapFlow, isRemoval: boolean): Promise<Moved> {
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
  return { uids, uidValidity: String(answer ? answer.uidValidity : '') };
}

function signIn(port: number, mailbox: string): Promise<ImapFlow> {
  return asUser(port, `${mailbox}*${MASTER.user}`, MASTER.password);
}
