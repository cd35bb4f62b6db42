import { type Connection } from 'mongoose';
import { SYSTEM } from '../domain/action';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

/** Whether automation is paused, and who said so. */
export interface AutomationState {
  readonly paused: boolean;
  readonly comment: string | null;
  readonly by: string;
  /** `null` where nobody has ever paused it. */
  readonly since: Date | null;
}

interface ControlDoc extends AutomationState {
  readonly _id: string;
}

const ID = 'automation';
const NEVER_PAUSED: AutomationState = { paused: false, comment: null, by: SYSTEM, since: null };

const definition: CollectionDefinition = {
  name: 'control',
  schema: { _id: String, paused: Boolean, comment: String, by: String, since: Date },
  indexes: [],
};

export interface ControlStore {
  readonly collection: Collection<ControlDoc>;
  get(): Promise<AutomationState>;
  /** Pauses or resumes automation; says whether that changed anything. Who paused first, and when, stays. */
  set(state: AutomationState, session?: Session): Promise<boolean>;
  /** Makes the state of a new database; once, before the first change. */
  prepare(): Promise<void>;
}

export function createControlStore(connection: Connection): ControlStore {
  const collection = collectionOf<ControlDoc>(connection, definition);
  return {
    collection,
    async get() {
      return (await collection.findOne({ _id: ID }, { projection: { _id: 0 } })) ?? NEVER_PAUSED;
    },
    async prepare() {
      await collection.updateOne({ _id: ID }, { $setOnInsert: { ...NEVER_PAUSED } }, { upsert: true });
    },
    async set(state, session) {
      const options = session === undefined ? {} : { session };
      const { modifiedCount } = await collection.updateOne(
        { _id: ID, paused: !state.paused },
        { $set: state },
        options,
      );
      return modifiedCount === 1;
    },
  };
}
