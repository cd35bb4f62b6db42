import { type Connection } from 'mongoose';
import { type Session } from './collection';

export interface Transactions {
  /** Runs a function in one transaction, retried on write conflicts; majority reads and writes. */
  run<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Calls `then` once the transaction of this session has committed; never where it has not, or may not have. */
  afterCommit(session: Session, then: () => void): void;
}

export function createTransactions(connection: Connection): Transactions {
  const waiting = new WeakMap<Session, (() => void)[]>();
  return {
    run: (work) =>
      connection.getClient().withSession(async (session) => {
        const result = await session.withTransaction(
          () => {
            waiting.set(session, []); // What an attempt that was rolled back wanted to say is not said.
            return work(session);
          },
          { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } },
        );
        for (const then of waiting.get(session) ?? []) then();
        return result;
      }),
    afterCommit(session, then) {
      waiting.get(session)?.push(then);
    },
  };
}
