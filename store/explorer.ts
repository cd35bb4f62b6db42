import { type mongo } from 'mongoose';
import { deliveryActionOf, type ExplorerFilter, fromOf } from '../domain/explorer';
import { type FacetRow, type Pivot } from '../domain/facets';
import { TERM } from '../domain/search-terms';
import { type Threat } from '../domain/verdict';
import { type ClusterStore } from './clusters';
import { type EventStore } from './events';
import { type ExplorerGrounds, type ExplorerQuery, explorerQuery } from './explorer-query';
import { type MailboxStore } from './mailboxes';
import { type MessageDoc, type MessageStore } from './messages';
import { pagesOf } from './pages-of';
import { type SettingsStore } from './settings';

/** What a row of the Explorer is made of: no more is read, since a page is as fast as what it reads is short. */
const SHOWN = {
  ...{ provider: 1, mailbox: 1, originalFolder: 1, receivedAt: 1, folder: 1, flags: 1, removedBy: 1, removedAt: 1 },
  ...{ purgedAt: 1, networkMessageId: 1, internetMessageId: 1, subject: 1, senderAddress: 1, senderName: 1 },
  ...{ senderDomain: 1, senderIp: 1, recipients: 1, sentAt: 1, size: 1, sha256: 1, keys: 1 },
} as const;

/** A message as the Explorer lists it: of the longer parts only what is counted. */
export interface ExplorerRow extends Pick<MessageDoc, '_id' | keyof typeof SHOWN> {
  readonly attachments: readonly Pick<MessageDoc['attachments'][number], 'size'>[];
  readonly urls: readonly Pick<MessageDoc['urls'][number], 'domain'>[];
}

const ROW = { ...SHOWN, 'attachments.size': 1, 'urls.domain': 1 } as const;

/** A place in the list: newest first, then by id. */
export interface ExplorerPosition {
  readonly at: Date;
  readonly id: string;
}

export interface ExplorerStore {
  /** Reads once what a filter means just now; every later call with it means the same. */
  query(filter: ExplorerFilter, now: Date): Promise<ExplorerQuery>;
  /** What the query asks of the messages alone, as MongoDB takes it: not what it asks of their events. */
  condition(query: ExplorerQuery): mongo.Filter<MessageDoc>;
  /** Messages that the query leaves, newest first, after a place in the list. */
  page(query: ExplorerQuery, after: ExplorerPosition | null, limit: number): Promise<ExplorerRow[]>;
  /** How many there are, counted to a limit. */
  count(query: ExplorerQuery, limit: number): Promise<number>;
  /** All of them to a limit, page after page. */
  pages(query: ExplorerQuery, limit: number): AsyncGenerator<ExplorerRow[]>;
  /** Their ids alone. */
  ids(query: ExplorerQuery, limit: number): AsyncGenerator<string[]>;
  /** The newest messages as a chart counts them, to a limit: when, and their values of the pivot. */
  facetRows(query: ExplorerQuery, pivot: Pivot, limit: number): Promise<FacetRow[]>;
  /** Messages with the same body fingerprint, newest first; none where it has none. */
  similar(message: MessageDoc, limit: number): Promise<ExplorerRow[]>;
  /** What was done to these messages after their delivery, each word once. */
  additionalActions(ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The threats of the malicious clusters of these keys. */
  threats(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Threat[]>>;
  /** The domains that are our own: as the settings say, else those of the mailboxes. */
  internalDomains(): Promise<ReadonlySet<string>>;
}

export interface ExplorerDeps {
  readonly messages: MessageStore;
  readonly events: EventStore;
  readonly clusters: ClusterStore;
  readonly settings: SettingsStore;
  readonly mailboxes: MailboxStore;
}

/** Longer than any page takes that an index serves: a filter that takes longer is to be narrowed. */
const TIME_LIMIT_MS = 20_000;
const BATCH = 1000;
/** Keys of malicious clusters that a filter by threat looks for: those of the newest. */
const THREAT_KEYS = 1000;
/** How long it takes at most until a change of the internal domains is seen. */
const DOMAINS_MS = 2_000;

/** What a chart reads of a message, by its pivot. */
const FACET_FIELDS: Readonly<Record<Pivot, Readonly<Record<string, 1>>>> = {
  deliveryAction: { originalFolder: 1 },
  senderDomain: { senderDomain: 1 },
  urlDomain: { 'urls.domain': 1 },
  threat: { keys: 1 },
  latestDeliveryLocation: { location: 1 },
  additionalAction: {},
};
type FacetSource = Pick<
  MessageDoc,
  '_id' | 'receivedAt' | 'originalFolder' | 'senderDomain' | 'urls' | 'keys' | 'location'
>;

const NEWEST = { receivedAt: -1, _id: -1 } as const;

/** The Explorer's questions: every one is led by an index where its filter is selective. */
export function createExplorerStore({ messages, events, clusters, settings, mailboxes }: ExplorerDeps): ExplorerStore {
  const { collection } = messages;
  let domains: { readonly until: number; readonly all: Promise<readonly string[]> } | null = null;

  async function internal(): Promise<readonly string[]> {
    if (domains === null || performance.now() > domains.until) {
      domains = { until: performance.now() + DOMAINS_MS, all: readDomains() };
      domains.all.catch(() => (domains = null));
    }
    return domains.all;
  }

  async function readDomains(): Promise<readonly string[]> {
    return mailboxes.internalDomains(await settings.get());
  }

  async function groundsOf(filter: ExplorerFilter, now: Date): Promise<ExplorerGrounds> {
    const cluster = filter.clusterId === undefined ? null : await clusters.byId(filter.clusterId);
    return {
      now,
      internalDomains: filter.directionality === undefined ? [] : await internal(),
      threatKeys:
        filter.threatType === undefined
          ? []
          : await clusters.keysOf(filter.threatType, fromOf(filter, now), THREAT_KEYS),
      cluster,
    };
  }

  function where(query: ExplorerQuery, after: ExplorerPosition | null): mongo.Filter<MessageDoc> {
    const { from, to, conditions } = query;
    const until = after !== null && (to === undefined || after.at < to) ? after.at : to;
    return {
      $and: [
        { receivedAt: { $gte: from, ...(until === undefined ? {} : { $lte: until }) } },
        ...conditions,
        ...(after === null
          ? []
          : [{ $or: [{ receivedAt: { $lt: after.at } }, { receivedAt: after.at, _id: { $lt: after.id } }] }]),
      ],
    };
  }

  /** What is asked of the events alone leads from them; where an index leads to the messages, they lead. */
  function walk<T extends { readonly _id: string; readonly receivedAt: Date }>(
    query: ExplorerQuery,
    after: ExplorerPosition | null,
    { projection, size }: { readonly projection: object; readonly size: number },
  ): AsyncGenerator<T[]> {
    const { additionalAction, selective } = query;
    if (additionalAction === null) return fromMessages<T>(where(query, after), projection, size);
    if (additionalAction === 'None' || selective) return fromBoth<T>(query, after, projection, additionalAction);
    return fromEvents<T>(query, after, { projection, size }, additionalAction);
  }

  function fromMessages<T>(filter: mongo.Filter<MessageDoc>, projection: object, size: number): AsyncGenerator<T[]> {
    const cursor = collection.find(filter, { projection, batchSize: size, maxTimeMS: TIME_LIMIT_MS }).sort(NEWEST);
    return pagesOf(cursor as unknown as AsyncIterable<T>, size);
  }

  async function* fromBoth<T extends { readonly _id: string }>(
    query: ExplorerQuery,
    after: ExplorerPosition | null,
    projection: object,
    action: string,
  ): AsyncGenerator<T[]> {
    for await (const rows of fromMessages<T>(where(query, after), projection, BATCH)) {
      const found = await events.actedOn(
        rows.map(({ _id }) => _id),
        action === 'None' ? null : action,
      );
      const wanted = rows.filter(({ _id }) => found.has(_id) !== (action === 'None'));
      if (wanted.length > 0) yield wanted;
    }
  }

  /** As many events at a time as are asked for at first, then more: a page is mostly the first of them. */
  async function* fromEvents<T extends { readonly _id: string }>(
    query: ExplorerQuery,
    after: ExplorerPosition | null,
    { projection, size }: { readonly projection: object; readonly size: number },
    action: string,
  ): AsyncGenerator<T[]> {
    const { from, to, conditions } = query;
    let last = after;
    for (let many = size; ; many = Math.min(2 * many, BATCH)) {
      const found = await events.messagesWith(action, { from, to, after: last }, many);
      const end = found.at(-1);
      if (end === undefined) return;
      last = { at: end.receivedAt, id: end.messageId };
      const ids = [...new Set(found.map(({ messageId }) => messageId))];
      const rows = await collection
        .find({ $and: [{ _id: { $in: ids } }, ...conditions] }, { projection, maxTimeMS: TIME_LIMIT_MS })
        .toArray();
      const byId = new Map(rows.map((row) => [row._id, row as unknown as T]));
      const ordered = ids.flatMap((id) => byId.get(id) ?? []);
      if (ordered.length > 0) yield ordered;
    }
  }

  /** The first rows after a place; where no events are asked, in one command. */
  async function take<T extends { readonly _id: string; readonly receivedAt: Date }>(
    query: ExplorerQuery,
    after: ExplorerPosition | null,
    projection: object,
    limit: number,
  ): Promise<T[]> {
    if (query.additionalAction === null) {
      const found = await collection
        .find(where(query, after), { projection, maxTimeMS: TIME_LIMIT_MS, batchSize: limit + 1 })
        .sort(NEWEST)
        .limit(limit)
        .toArray();
      return found as unknown as T[];
    }
    const taken: T[] = [];
    for await (const rows of walk<T>(query, after, { projection, size: Math.min(limit, BATCH) })) {
      taken.push(...rows.slice(0, limit - taken.length));
      if (taken.length >= limit) break;
    }
    return taken;
  }

  return {
    query: async (filter, now) => explorerQuery(filter, await groundsOf(filter, now)),
    condition: (query) => where(query, null),
    page: async (query, after, limit) => take<ExplorerRow>(query, after, ROW, limit),
    async count(query, limit) {
      if (query.additionalAction === null) {
        return collection.countDocuments(where(query, null), { limit, maxTimeMS: TIME_LIMIT_MS });
      }
      if (query.additionalAction !== 'None' && query.conditions.length === 0) {
        return events.countMessages(query.additionalAction, query, limit);
      }
      let count = 0;
      for await (const { length } of walk(query, null, { projection: { _id: 1, receivedAt: 1 }, size: BATCH })) {
        count += length;
        if (count >= limit) return limit;
      }
      return count;
    },
    async *pages(query, limit) {
      let left = limit;
      for (let after: ExplorerPosition | null = null; left > 0;) {
        const found: ExplorerRow[] = await take<ExplorerRow>(query, after, ROW, Math.min(BATCH, left));
        const last = found.at(-1);
        if (last === undefined) return;
        yield found;
        left -= found.length;
        after = { at: last.receivedAt, id: last._id };
      }
    },
    async *ids(query, limit) {
      let left = limit;
      for await (const found of walk(query, null, { projection: { _id: 1, receivedAt: 1 }, size: BATCH })) {
        yield found.slice(0, left).map(({ _id }) => _id);
        left -= found.length;
        if (left <= 0) return;
      }
    },
    async facetRows(query, pivot, limit) {
      const projection = { receivedAt: 1, ...FACET_FIELDS[pivot] };
      const found = await take<FacetSource>(query, null, projection, limit);
      const values = await valuesOf(pivot, found);
      return found.map((row) => ({ at: row.receivedAt, values: values(row) }));
    },
    async similar({ _id, bodyFingerprint }, limit) {
      if (bodyFingerprint === null) return [];
      const found = await collection
        .find(
          { terms: TERM.fingerprint(bodyFingerprint), bodyFingerprint, _id: { $ne: _id } },
          { projection: ROW, maxTimeMS: TIME_LIMIT_MS },
        )
        .sort(NEWEST)
        .limit(limit)
        .toArray();
      return found;
    },
    additionalActions: (ids) => events.actionsOf(ids),
    threats: (keys) => clusters.threatsOf(keys),
    internalDomains: async () => new Set(await internal()),
  };

  async function valuesOf(
    pivot: Pivot,
    found: readonly FacetSource[],
  ): Promise<(row: FacetSource) => readonly string[]> {
    switch (pivot) {
      case 'deliveryAction':
        return ({ originalFolder }) => [deliveryActionOf(originalFolder)];
      case 'senderDomain':
        return ({ senderDomain }) => (senderDomain === '' ? [] : [senderDomain]);
      case 'urlDomain':
        return ({ urls }) => [...new Set(urls.map(({ domain }) => domain))];
      case 'latestDeliveryLocation':
        return ({ location }) => [location];
      case 'additionalAction': {
        const actions = await events.actionsOf(found.map(({ _id }) => _id));
        return ({ _id }) => actions.get(_id) ?? [];
      }
      case 'threat': {
        const threats = await clusters.threatsOf([...new Set(found.flatMap(({ keys }) => keys))]);
        return ({ keys }) => [...new Set(keys.flatMap((key) => threats.get(key) ?? []))];
      }
    }
  }
}
