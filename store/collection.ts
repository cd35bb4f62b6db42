import mongoose, { type Connection, type SchemaDefinition } from 'mongoose';

export type Collection<T extends mongoose.mongo.Document> = mongoose.mongo.Collection<T>;
export type Session = mongoose.mongo.ClientSession;

/** One index as MongoDB takes it. */
export type IndexSpec = readonly [fields: Record<string, 1 | -1>, options?: mongoose.mongo.CreateIndexesOptions];

/** A collection with the schema that documents it and the indexes that its queries need. */
export interface CollectionDefinition {
  readonly name: string;
  readonly schema: SchemaDefinition;
  readonly indexes: readonly IndexSpec[];
}

/**
 * Registers a collection with Mongoose and gives its driver collection: documents are written in bulk and read as plain
 * objects, so that a removal of ten thousand messages costs what MongoDB costs.
 */
export function collectionOf<T extends mongoose.mongo.Document>(
  connection: Connection,
  definition: CollectionDefinition,
): Collection<T> {
  const schema = new mongoose.Schema(definition.schema, { autoIndex: false, collection: definition.name });
  for (const [fields, options] of definition.indexes) schema.index(fields, options);
  return connection.model(definition.name, schema).collection as unknown as Collection<T>;
}

/** A new id: 24 hex digits, sortable by the time it was made. */
export function newId(): string {
  return new mongoose.Types.ObjectId().toHexString();
}

const DUPLICATE_KEY = 11000;

/** Whether MongoDB refused a write because its key is taken. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoServerError && error.code === DUPLICATE_KEY;
}

/** Waits for an unordered insert and takes rows that were there already as done; any other error is thrown. */
export async function ignoreDuplicates(insert: Promise<unknown>): Promise<void> {
  try {
    await insert;
  } catch (error) {
    const onlyDuplicates = isOfSome(error)
      ? [error.writeErrors].flat().every(({ code }) => code === DUPLICATE_KEY)
      : isDuplicateKey(error);
    if (!onlyDuplicates) throw error;
  }
}

/** Whether MongoDB refused some of the writes of a command, and has done the others for good. */
export function isOfSome(error: unknown): error is mongoose.mongo.MongoBulkWriteError {
  return (
    error instanceof mongoose.mongo.MongoBulkWriteError &&
    [error.writeErrors].flat().length > 0 &&
    error.result.getWriteConcernError() === undefined
  );
}
