import { latestLocation } from '../domain/location';
import { type ClusterDoc } from './clusters';
import { idAfter } from './explorer-query';
import { type MessageDoc, type MessageStore } from './messages';

/** A mailbox that holds, or held, mail of some clusters. */
export interface ClusterMailbox {
  readonly mailbox: string;
  readonly messageCount: number;
  /** Its messages by where they are now. */
  readonly locationCounts: Readonly<Record<string, number>>;
  readonly lastReceivedAt: Date;
}

export interface ClusterMailboxStore {
  /** Mailboxes with messages of these clusters as they were built, by address, after one of them. */
  list(clusters: readonly ClusterDoc[], after: string | null, limit: number): Promise<ClusterMailbox[]>;
  /** How many there are, counted to a limit. */
  count(clusters: readonly ClusterDoc[], limit: number): Promise<number>;
}

type Row = Pick<MessageDoc, '_id' | 'mailbox' | 'keys' | 'folder' | 'receivedAt' | 'purgedAt'>;

const BATCH = 1_000;
const MAX_MS = 5_000;

/** Led by the index over keys and mailboxes: a page reads the messages of its own mailboxes alone. */
export function createClusterMailboxStore({ collection }: MessageStore): ClusterMailboxStore {
  const members = (clusters: readonly ClusterDoc[]) => ({
    keys: { $in: clusters.map(({ key }) => key) },
    _id: { $lt: idAfter(new Date(Math.max(...clusters.map(({ queryTime }) => queryTime.getTime())))) },
  });
  return {
    async list(clusters, after, limit) {
      if (clusters.length === 0) return [];
      const projection = { mailbox: 1, keys: 1, folder: 1, receivedAt: 1, purgedAt: 1 } as const;
      const cursor = collection
        .find<Row>(
          { ...members(clusters), ...(after === null ? {} : { mailbox: { $gt: after } }) },
          { projection, batchSize: BATCH, maxTimeMS: MAX_MS },
        )
        .sort({ mailbox: 1, _id: 1 });
      const found: ClusterMailbox[] = [];
      try {
        for await (const row of cursor) {
          if (!clusters.some(({ key, queryTime }) => row.keys.includes(key) && row._id < idAfter(queryTime))) continue;
          const known = found.at(-1)?.mailbox === row.mailbox ? found.pop() : undefined;
          if (known === undefined && found.length === limit) break;
          found.push(withMessage(known, row));
        }
      } finally {
        await cursor.close();
      }
      return found;
    },
    async count(clusters, limit) {
      if (clusters.length === 0) return 0;
      const [counted] = await collection
        .aggregate<{ readonly count: number }>(
          [{ $match: members(clusters) }, { $group: { _id: '$mailbox' } }, { $limit: limit }, { $count: 'count' }],
          { maxTimeMS: MAX_MS },
        )
        .toArray();
      return counted?.count ?? 0;
    },
  };
}

function withMessage(
  known: ClusterMailbox | undefined,
  { mailbox, folder, purgedAt, receivedAt }: Row,
): ClusterMailbox {
  const location = latestLocation(folder, purgedAt !== null);
  const counts = known?.locationCounts ?? {};
  return {
    mailbox,
    messageCount: (known?.messageCount ?? 0) + 1,
    locationCounts: { ...counts, [location]: (counts[location] ?? 0) + 1 },
    lastReceivedAt: known !== undefined && known.lastReceivedAt > receivedAt ? known.lastReceivedAt : receivedAt,
  };
}
