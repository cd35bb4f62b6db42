import {
  type AuditDoc,
  type AuditEvent,
  auditView,
  type AuditView,
  chain,
  CHAIN_START,
  type ChainEnd,
  identified,
  type IdentifiedEvent,
} from './audit-chain';
import { batched } from './batched';
import { type Collection, isDuplicateKey, type Session } from './collection';
import { type Transactions } from './transactions';

export interface HeadDoc extends ChainEnd {
  readonly _id: string;
}
export const HEAD = 'head';

/** A copy for outside the database: a row, or an event whose row may be missing because MongoDB did not confirm it. */
export type AuditCopy = AuditView | (Omit<AuditView, 'seq' | 'hash' | 'previousHash'> & { readonly stored: false });

export interface AppendOptions {
  /**
   * Makes the row part of this transaction, so that a change and its row are there both or neither. Append last: until
   * the transaction ends, other appends wait and try again.
   */
  readonly session?: Session | undefined;
  /** A key of what happened, for those who may say it again, such as activities: it becomes one row. */
  readonly once?: string;
}

/** The head of the audit is gone while its rows are there: no row can be added until it is put back. */
export class AuditHeadError extends Error {
  readonly code = 'auditHead';
  readonly retryable = false;
  constructor() {
    super('The head of the audit is missing: see "Audit" in docs/operations.md');
    this.name = 'AuditHeadError';
  }
}

export interface AuditWriterDeps {
  readonly rows: Collection<AuditDoc>;
  readonly heads: Collection<HeadDoc>;
  readonly transactions: Transactions;
  readonly onAudit: (copy: AuditCopy) => void;
}

/** Adds rows to the chain, from many processes at once: the head, moved on in each transaction, gives them one order. */
export function createAuditWriter({ rows, heads, transactions, onAudit }: AuditWriterDeps) {
  /** Of two transactions that move the head at once, one is rolled back and tries again. */
  async function link(events: readonly IdentifiedEvent[], session: Session): Promise<void> {
    const head = await heads.findOne({ _id: HEAD }, { session });
    if (head === null) throw new AuditHeadError();
    const added = chain(head, events);
    const last = added.at(-1);
    if (last === undefined) return;
    await heads.updateOne({ _id: HEAD }, { $set: { seq: last.seq, hash: last.hash } }, { session });
    await rows.insertMany(added, { session });
    transactions.afterCommit(session, () => {
      for (const row of added) onAudit(auditView(row));
    });
  }

  async function linkOnce(event: IdentifiedEvent, session: Session): Promise<void> {
    if ((await rows.findOne({ _id: event._id }, { session, projection: { _id: 1 } })) === null) {
      await link([event], session);
    }
  }

  const linkAlone = (event: IdentifiedEvent): Promise<void> => transactions.run((session) => linkOnce(event, session));

  // A transaction that failed may have been committed all the same: again, but once.
  const queue = batched<IdentifiedEvent>({
    write: (events) => transactions.run((session) => link(events, session)),
    again: linkAlone,
  });

  async function append(event: AuditEvent, { session, once }: AppendOptions = {}): Promise<void> {
    const row = identified(event, once);
    if (session !== undefined) return once === undefined ? link([row], session) : linkOnce(row, session);
    try {
      await (once === undefined ? queue(row) : linkAlone(row));
    } catch (error) {
      const { _id, at, ...rest } = row;
      onAudit({ id: _id, at: at.toISOString(), ...rest, stored: false });
      throw error;
    }
  }

  /** Links rows of a version without a chain, in the order of their time, and makes the head: all at once, or not. */
  async function begin(): Promise<void> {
    try {
      await transactions.run(async (session) => {
        if ((await heads.findOne({ _id: HEAD }, { session })) !== null) return;
        if ((await rows.findOne({ hash: { $exists: true } }, { session })) !== null) return; // A lost head is not made up.
        const loose = await rows.find({}, { session }).sort({ at: 1, _id: 1 }).toArray();
        const linked = chain(
          CHAIN_START,
          loose.map((row) => ({ ...identified(row), _id: row._id })),
        );
        for (const row of linked) await rows.replaceOne({ _id: row._id }, row, { session });
        const { seq, hash } = linked.at(-1) ?? CHAIN_START;
        await heads.insertOne({ _id: HEAD, seq, hash }, { session });
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error; // Another process did it.
    }
  }

  return { append, begin };
}
