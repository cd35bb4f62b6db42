import { mongo } from 'mongoose';
import { batchesOf } from '../domain/batches';
import { groupBy } from '../domain/group';
import { inTurns } from '../domain/in-turns';

/** Where the rows are written, in a database of their own that is dropped at the end, and of how much mail. */
export interface FloorOrder {
  readonly uri: string;
  readonly database: string;
  /** Each inbox has the messages 1 to this one. */
  readonly inEach: number;
}

/** The writes without which a removal or an undo is not what the laws demand (docs/architecture.md). */
export interface Floor {
  /** A frozen row for each message, claimed from the start. */
  freeze(isRemoval: boolean): Promise<void>;
  /** Where the messages of a mailbox are now, and for whom; then the outcome of each. By their UIDs before and after. */
  moved(mailbox: string, uids: ReadonlyMap<number, number>): Promise<void>;
  close(): Promise<void>;
}

interface State {
  readonly _id: string;
  readonly mailbox: string;
  readonly place: { readonly path: string; readonly uid: number };
  readonly revision: number;
  readonly removedBy: string | null;
}

interface Row {
  readonly _id: string;
  readonly jobId: string;
  readonly messageId: string;
  readonly mailbox: string;
  readonly fence: number;
  readonly outcome: string;
  readonly at: Date | null;
  readonly event: object | null;
}

const BATCH = 2000;
const BATCHES_AT_ONCE = 3;
const FENCE = 1;
const EVENT = { action: 'Soft deleted', actionType: 'Automated Remediation', actionResult: 'Success' } as const;

/**
 * The least that MongoDB has to do for them: small documents, two indexes by which a ledger is read, and one that lets
 * no message be known twice. No lease, no intent, nothing read, no other index of the messages, no workflow.
 */
export async function openFloor({ uri, database, inEach }: FloorOrder, mailboxes: readonly string[]): Promise<Floor> {
  const client = await mongo.MongoClient.connect(uri);
  const db = client.db(database, { writeConcern: { w: 'majority' } });
  const states = db.collection<State>('floorStates');
  const ledger = db.collection<Row>('floorRows');
  await states.createIndexes([{ key: { mailbox: 1, 'place.path': 1, 'place.uid': 1 }, unique: true }]);
  await ledger.createIndexes([{ key: { jobId: 1, outcome: 1, _id: 1 } }, { key: { messageId: 1 } }]);
  const idOf = (mailbox: string, at: number): string => `${mailbox}/${at}`;
  const known = mailboxes.flatMap((mailbox) =>
    Array.from({ length: inEach }, (_, at): State => ({
      ...{ _id: idOf(mailbox, at), mailbox, place: { path: 'inbox', uid: at + 1 } },
      ...{ revision: 0, removedBy: null },
    })),
  );
  await states.insertMany(known);
  let job = { id: '', isRemoval: false };
  let rows: ReadonlyMap<string, readonly Row[]> = new Map();
  return {
    async freeze(isRemoval) {
      job = { id: new mongo.ObjectId().toHexString(), isRemoval };
      const frozen = known.map(({ _id: messageId, mailbox }, seq): Row => ({
        ...{ _id: `${job.id}.${seq}`, jobId: job.id, messageId, mailbox, fence: FENCE },
        ...{ outcome: 'open', at: null, event: null },
      }));
      rows = groupBy(frozen, ({ mailbox }) => mailbox);
      const insert = (batch: Row[]) => ledger.insertMany(batch, { ordered: false });
      await inTurns([...batchesOf(frozen, BATCH)], BATCHES_AT_ONCE, insert);
    },
    async moved(mailbox, uids) {
      const own = rows.get(mailbox) ?? [];
      const { id, isRemoval } = job;
      const [[from, to] = [0, 0]] = uids;
      const placed = await states.updateMany(
        { _id: { $in: own.map(({ messageId }) => messageId) }, 'place.path': isRemoval ? 'inbox' : 'recoverable' },
        {
          $set: { 'place.path': isRemoval ? 'recoverable' : 'inbox', removedBy: isRemoval ? id : null },
          $inc: { revision: 1, 'place.uid': to - from },
        },
      );
      const settled = await ledger.updateMany(
        { _id: { $in: own.map(({ _id }) => _id) }, outcome: 'open', fence: FENCE },
        { $set: { outcome: isRemoval ? 'removed' : 'restored', at: new Date(), event: EVENT } },
      );
      for (const { modifiedCount } of [placed, settled])
        if (modifiedCount !== uids.size) throw new Error(`${mailbox}: ${modifiedCount} of ${uids.size} were written`);
    },
    async close() {
      await db.dropDatabase();
      await client.close();
    },
  };
}
