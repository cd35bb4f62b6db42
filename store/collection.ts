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
  for (const [fields, options] of definition.indexes) schema.index(fields, options as mongoose.IndexOptions);
  return connection.model(definition.name, schema).collection as unknown as Collection<T>;
}

/** A new id: 24 hex digits, sortable by the time it was made. */
export function newId(): string {
  return new mongoose.Types.ObjectId().toHexString();
}
