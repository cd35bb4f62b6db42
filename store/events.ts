import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

/** What happened to a message after its delivery: one row for each action or revert and message (law 7). */
export interface EventDoc {
  /** `<jobId>:<messageId>` */
  readonly _id: string;
  readonly jobId: string;
  readonly messageId: string;
  readonly mailbox: string;
  readonly networkMessageId: string;
  readonly at: Date;
  /** The strings of product.md §5.2. */
  readonly action: string;
  readonly actionType: string;
  readonly actionTrigger: string;
  readonly actionResult: string;
  readonly sourceLocation: string;
  readonly deliveryLocation: string;
  /** What Explorer shows in "Additional actions". */
  readonly additionalAction: string;
}

const definition: CollectionDefinition = {
  name: 'events',
  schema: {
    _id: String,
    jobId: String,
    messageId: String,
    mailbox: String,
    networkMessageId: String,
    at: Date,
    action: String,
    actionType: String,
    actionTrigger: String,
    actionResult: String,
    sourceLocation: String,
    deliveryLocation: String,
    additionalAction: String,
  },
  indexes: [[{ messageId: 1, at: 1 }], [{ jobId: 1 }]],
};

export interface EventStore {
  readonly collection: Collection<EventDoc>;
  of(messageId: string): Promise<EventDoc[]>;
  insert(events: readonly EventDoc[], session: Session): Promise<void>;
}

export function createEventStore(connection: Connection): EventStore {
  const collection = collectionOf<EventDoc>(connection, definition);
  return {
    collection,
    of: (messageId) => collection.find({ messageId }).sort({ at: 1 }).toArray(),
    async insert(events, session) {
      if (events.length > 0) await collection.insertMany([...events], { session, ordered: false });
    },
  };
}
