import { type Connection } from 'mongoose';
import { type Entity } from '../domain/entity';
import { type Verdict } from '../domain/verdict';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** What a detector or a person said, in their own words. */
export interface AlertText {
  readonly title?: string | undefined;
  readonly severity?: 'informational' | 'low' | 'medium' | 'high' | undefined;
  readonly source?: string | undefined;
  readonly externalId?: string | undefined;
  readonly detectedAt?: string | undefined;
  readonly url?: string | undefined;
}

/** One alert: the first one started its investigation, later ones joined it. Each is prepared once. */
export interface AlertDoc {
  readonly _id: string;
  readonly investigationId: string;
  readonly entities: readonly Entity[];
  readonly verdict: Verdict;
  readonly alert: AlertText | null;
  readonly startedBy: string;
  readonly startedByPerson: boolean;
  readonly at: Date;
  readonly state: 'waiting' | 'prepared';
}

const definition: CollectionDefinition = {
  name: 'alerts',
  schema: {
    _id: String,
    investigationId: String,
    entities: [{}],
    verdict: String,
    alert: {},
    startedBy: String,
    startedByPerson: Boolean,
    at: Date,
    state: String,
  },
  indexes: [[{ investigationId: 1, _id: 1 }]],
};

export interface AlertStore {
  readonly collection: Collection<AlertDoc>;
  of(investigationId: string): Promise<AlertDoc[]>;
}

export function createAlertStore(connection: Connection): AlertStore {
  const collection = collectionOf<AlertDoc>(connection, definition);
  return { collection, of: (investigationId) => collection.find({ investigationId }).sort({ _id: 1 }).toArray() };
}
