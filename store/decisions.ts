import { type Connection } from 'mongoose';
import { type DecisionKind } from '../domain/contracts';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

/**
 * One decision of one person about one action. It is stored before the workflow is asked, and the workflow alone says
 * whether it won: the first to reach it does, whatever the order here.
 */
export interface DecisionDoc {
  readonly _id: string;
  readonly actionId: string;
  /** `null` where the action is no investigation's: its own workflow is asked. */
  readonly investigationId: string | null;
  readonly decision: DecisionKind;
  readonly by: string;
  readonly comment: string | null;
  readonly via: 'update' | 'signal';
  readonly state: 'asked' | 'won' | 'lost' | 'refused';
  readonly at: Date;
}

const definition: CollectionDefinition = {
  name: 'decisions',
  schema: {
    _id: String,
    actionId: String,
    investigationId: String,
    decision: String,
    by: String,
    comment: String,
    via: String,
    state: String,
    at: Date,
  },
  indexes: [
    [{ actionId: 1, at: 1 }],
    [
      { state: 1, at: 1 },
      { partialFilterExpression: { state: 'asked' }, name: 'asked' },
    ],
  ],
};

/** Rows that a walk over all of them reads at a time. */
const PAGE = 200;

export interface DecisionStore {
  readonly collection: Collection<DecisionDoc>;
  byId(id: string): Promise<DecisionDoc | null>;
  /** Every decision that no workflow has answered, stored before this time, oldest first. */
  asked(before: Date): AsyncIterable<DecisionDoc>;
  /** The Take actions that somebody has approved, while their workflows have not answered, within a transaction. */
  approvalsAsked(session: Session): Promise<string[]>;
  /** Gives a decision its answer, unless it has one. */
  answer(id: string, state: 'won' | 'lost' | 'refused'): Promise<void>;
}

export function createDecisionStore(connection: Connection): DecisionStore {
  const collection = collectionOf<DecisionDoc>(connection, definition);
  return {
    collection,
    byId: (id) => collection.findOne({ _id: id }),
    asked: (before) => collection.find({ state: 'asked', at: { $lt: before } }, { batchSize: PAGE }).sort({ at: 1 }),
    async approvalsAsked(session) {
      const asked = { state: 'asked', decision: 'approve', investigationId: null } as const;
      const found = await collection.find(asked, { session, projection: { actionId: 1 } }).toArray();
      return found.map(({ actionId }) => actionId);
    },
    async answer(id, state) {
      await collection.updateOne({ _id: id, state: 'asked' }, { $set: { state } });
    },
  };
}
