import { type Connection } from 'mongoose';
import { type AutomationSettings, DEFAULT_SETTINGS } from '../domain/settings';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

interface SettingsDoc extends AutomationSettings {
  readonly _id: string;
}

const ID = 'automation';

const definition: CollectionDefinition = {
  name: 'settings',
  schema: {
    _id: String,
    messageClusters: {},
    remediationAction: String,
    maxAutomaticMessages: Number,
    excludedMailboxes: [String],
    minUndoDays: Number,
    secondPerson: {},
    budget: {},
    internalDomains: [String],
    commonEntity: {},
    remediation: {},
    version: Number,
    updatedAt: String,
    updatedBy: String,
  },
  indexes: [],
};

export interface SettingsStore {
  readonly collection: Collection<SettingsDoc>;
  get(session?: Session): Promise<AutomationSettings>;
  /** Replaces the settings if nobody changed them since `expectedVersion`; says whether it did. */
  replace(next: AutomationSettings, expectedVersion: number, session?: Session): Promise<boolean>;
}

export function createSettingsStore(connection: Connection): SettingsStore {
  const collection = collectionOf<SettingsDoc>(connection, definition);
  return {
    collection,
    async get(session) {
      const found = await collection.findOne(
        { _id: ID },
        { projection: { _id: 0 }, ...(session === undefined ? {} : { session }) },
      );
      // What was stored before a key was known has its default.
      return {
        ...DEFAULT_SETTINGS,
        ...found,
        messageClusters: { ...DEFAULT_SETTINGS.messageClusters, ...found?.messageClusters },
        commonEntity: { ...DEFAULT_SETTINGS.commonEntity, ...found?.commonEntity },
        remediation: { ...DEFAULT_SETTINGS.remediation, ...found?.remediation },
      };
    },
    async replace(next, expectedVersion, session) {
      await collection.updateOne({ _id: ID }, { $setOnInsert: { ...DEFAULT_SETTINGS } }, { upsert: true });
      const { modifiedCount } = await collection.updateOne(
        { _id: ID, version: expectedVersion },
        { $set: next },
        session === undefined ? {} : { session },
      );
      return modifiedCount === 1;
    },
  };
}
