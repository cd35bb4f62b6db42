import { type Connection } from 'mongoose';
import { batchesOf } from '../domain/batches';
import { isPairKey } from '../domain/attributes';
import { groupBy } from '../domain/group';
import { type EntitySeen } from '../domain/prevalence';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';
import { type MessageDoc } from './messages';

/** What was counted of one file or URL as mail came in; never lowered, also where mail is deleted or purged. */
export interface EntityStatsDoc {
  /** The entity key. */
  readonly _id: string;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly messages: number;
  /** Addresses and their domains, up to {@link KEPT} each: at that size the set stands for "this many or more". */
  readonly senders: readonly string[];
  readonly senderDomains: readonly string[];
}

/** How many senders, and how many sender domains, are kept of one entity. */
export const KEPT = 64;

const WRITE_BATCH = 5000;

const definition: CollectionDefinition = {
  name: 'entityStats',
  schema: {
    _id: String,
    firstSeen: Date,
    lastSeen: Date,
    messages: Number,
    senders: [String],
    senderDomains: [String],
  },
  indexes: [],
};

type Counted = Pick<MessageDoc, 'keys' | 'receivedAt' | 'senderAddress' | 'senderDomain'>;

export interface EntityStatsStore {
  readonly collection: Collection<EntityStatsDoc>;
  /** Counts messages that were stored just now. Safe to race: each entity is changed in one atomic step. */
  count(messages: readonly Counted[]): Promise<void>;
  /** What was counted of an entity; `null` where nothing was. */
  seen(key: string): Promise<EntitySeen | null>;
}

export function createEntityStatsStore(connection: Connection): EntityStatsStore {
  const collection = collectionOf<EntityStatsDoc>(connection, definition);
  return {
    collection,
    async count(messages) {
      // Pairs of attributes are no entities: how common they are is seen from the messages themselves.
      const uses = messages.flatMap((message) =>
        message.keys.filter((key) => !isPairKey(key)).map((key) => ({ key, message })),
      );
      const writes = [...groupBy(uses, ({ key }) => key)].map(([key, group]) =>
        addition(
          key,
          group.map(({ message }) => message),
        ),
      );
      for (const batch of batchesOf(writes, WRITE_BATCH)) await collection.bulkWrite(batch, { ordered: false });
    },
    async seen(key) {
      const found = await collection.findOne({ _id: key });
      if (found === null) return null;
      const { firstSeen, messages, senders, senderDomains } = found;
      return { firstSeen, messages, senders: senders.length, senderDomains: senderDomains.length };
    },
  };
}

/** One entity's share of a batch, as an update that makes the document where there is none. */
function addition(key: string, messages: readonly Counted[]) {
  const times = messages.map(({ receivedAt }) => receivedAt.getTime());
  const union = (field: 'senders' | 'senderDomains', values: readonly string[]) => ({
    [field]: {
      $slice: [
        { $setUnion: [{ $ifNull: [`$${field}`, []] }, { $literal: [...new Set(values)].slice(0, KEPT) }] },
        KEPT,
      ],
    },
  });
  return {
    updateOne: {
      filter: { _id: key },
      update: [
        {
          $set: {
            firstSeen: { $min: ['$firstSeen', new Date(Math.min(...times))] },
            lastSeen: { $max: ['$lastSeen', new Date(Math.max(...times))] },
            messages: { $add: [{ $ifNull: ['$messages', 0] }, messages.length] },
            ...union(
              'senders',
              messages.map(({ senderAddress }) => senderAddress),
            ),
            ...union(
              'senderDomains',
              messages.map(({ senderDomain }) => senderDomain),
            ),
          },
        },
      ],
      upsert: true,
    },
  };
}
