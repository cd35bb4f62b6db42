import mongoose, { type Connection } from 'mongoose';
import { type ActionDoc } from './actions';
import { type InvestigationDoc } from './investigations';
import { type RevertDoc } from './reverts';

/** What is watched: each kind with its collection and the fields of it that a change is told with. Never content. */
const WATCHED = {
  investigation: { collection: 'investigations', fields: ['status'] },
  action: {
    collection: 'actions',
    fields: ['status', 'actionSource', 'investigationId', 'messageCount', 'mailboxCount', 'outcomes'],
  },
  revert: { collection: 'reverts', fields: ['status', 'actionId', 'outcomes'] },
} as const;

export type ChangeKind = keyof typeof WATCHED;
export const CHANGE_KINDS = Object.keys(WATCHED) as readonly ChangeKind[];

/** A document as it was when the change was read: later changes may be in it already. */
export type Change =
  | { readonly kind: 'investigation'; readonly doc: Pick<InvestigationDoc, '_id' | 'status'> & Positioned }
  | {
      readonly kind: 'action';
      readonly doc: Pick<
        ActionDoc,
        '_id' | 'status' | 'actionSource' | 'investigationId' | 'messageCount' | 'mailboxCount' | 'outcomes'
      > &
        Positioned;
    }
  | { readonly kind: 'revert'; readonly doc: Pick<RevertDoc, '_id' | 'status' | 'actionId' | 'outcomes'> & Positioned };

interface Positioned {
  /** Where the stream is after this change. Positions of one database compare as strings. */
  readonly position: string;
}

/** What came in, if anything did, and where the stream is then. */
export interface Step {
  readonly change: Change | null;
  readonly position: string;
}

/** A change stream that is open. */
export interface OpenChanges {
  /** Waits a second at most for the next change. Throws {@link HistoryLostError}, or what MongoDB says. */
  next(): Promise<Step>;
  close(): Promise<void>;
}

export interface ChangeStore {
  /** Where the stream is now, or where it was at a time: throws {@link HistoryLostError} where MongoDB has forgotten that. */
  position(at?: Date): Promise<string>;
  /** Opens the one stream over all that is watched, after a position. */
  open(after: string): OpenChanges;
}

/** MongoDB does not know any more what came after that position. */
export class HistoryLostError extends Error {
  readonly code = 'historyLost';
  readonly retryable = false;
  constructor(options: { cause?: unknown } = {}) {
    super('The history of changes does not reach back that far', options);
    this.name = 'HistoryLostError';
  }
}

/** InvalidResumeToken, CappedPositionLost, ChangeStreamFatalError, ChangeStreamHistoryLost; of each, this history is over. */
const LOST: readonly unknown[] = [260, 136, 280, 286];
const WAIT_MS = 1_000;

const PIPELINE = [
  {
    $match: {
      operationType: { $in: ['insert', 'update', 'replace'] },
      'ns.coll': { $in: Object.values(WATCHED).map(({ collection }) => collection) },
    },
  },
  {
    $project: Object.fromEntries([
      ...['ns', 'operationType', 'documentKey', 'clusterTime'].map((field) => [field, 1]),
      ...Object.values(WATCHED).flatMap(({ fields }) => fields.map((field) => [`fullDocument.${field}`, 1])),
    ]) as Record<string, 1>,
  },
];

export function createChangeStore(connection: Connection): ChangeStore {
  const db = (): mongoose.mongo.Db => {
    if (connection.db === undefined) throw new mongoose.mongo.MongoNotConnectedError('There is no connection');
    return connection.db;
  };
  return {
    async position(at) {
      const since =
        at === undefined
          ? {}
          : { startAtOperationTime: new mongoose.mongo.Timestamp({ t: Math.floor(at.getTime() / 1000), i: 1 }) };
      // A stream of no document, closed at once: its position is all that is asked for.
      const pipeline = [{ $changeStream: since }, ...PIPELINE];
      const { cursor } = (await known(
        db().command({ aggregate: 1, pipeline, cursor: { batchSize: 0 } }),
      )) as unknown as { cursor: { id: mongoose.mongo.Long; postBatchResumeToken: { _data: string } } };
      await db().command({ killCursors: '$cmd.aggregate', cursors: [cursor.id] });
      return cursor.postBatchResumeToken._data;
    },
    open(after) {
      const stream = db().watch(PIPELINE, {
        ...{ fullDocument: 'updateLookup', resumeAfter: { _data: after } },
        maxAwaitTimeMS: WAIT_MS,
      });
      let position = after;
      return {
        async next() {
          const event = await known(stream.tryNext());
          // Closed by the server, as when the database is dropped.
          if (event === null && stream.closed) throw new HistoryLostError();
          // Where a batch of the server is used up, this is how far it looked.
          position = dataOf(stream.resumeToken) || position;
          return { change: event && changeOf(event as unknown as Told, dataOf(event._id)), position };
        },
        close: () => stream.close(),
      };
    },
  };
}

interface Told {
  readonly ns: { readonly coll: string };
  readonly documentKey: { readonly _id: string };
  /** None where the document was deleted since. */
  readonly fullDocument?: object | null;
}

function changeOf({ ns, documentKey, fullDocument }: Told, position: string): Change | null {
  const kind = CHANGE_KINDS.find((one) => WATCHED[one].collection === ns.coll);
  if (kind === undefined || fullDocument === undefined || fullDocument === null) return null;
  return { kind, doc: { ...fullDocument, _id: documentKey._id, position } } as unknown as Change;
}

function dataOf(token: unknown): string {
  const { _data = '' } = (token ?? {}) as { readonly _data?: string };
  return _data;
}

async function known<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const lost = error instanceof mongoose.mongo.MongoServerError && LOST.includes(error.code);
    throw lost ? new HistoryLostError({ cause: error }) : error;
  }
}
