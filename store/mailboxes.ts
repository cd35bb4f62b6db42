import { type Connection } from 'mongoose';
import { STALE_MS } from '../domain/cluster';
import {
  type Health,
  JUNK_UNCONFIRMED,
  type MailboxRecords,
  type OpenProbe,
  PROBE_MS,
  type ProbeReport,
  type Refusals,
  UNSAFE_MS,
} from '../domain/imap';
import { type AutomationSettings } from '../domain/settings';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** What is known of a mailbox at an IMAP server. */
export interface ImapStanding {
  readonly health: Health;
  /** Since when it is so. */
  readonly since: Date;
  /** Since when it is away, for whatever reason; none where it is not, or for one reason alone. */
  readonly awaySince?: Date;
  /** When the index was up to date last. */
  readonly indexedAt: Date | null;
  /** Since when it was away before it was back, until what was missed meanwhile was searched for. */
  readonly missedSince?: Date;
  /** What the configuration is like, as of the last start. */
  readonly configured?: string;
  /** What the configuration was like that it was probed under; `null` where it was not. */
  readonly fingerprint: string | null;
  /** True where it is to be probed again all the same: what was found holds until then. */
  readonly probeAsked?: boolean;
  readonly probe: ProbeReport | null;
  /** Probes that have begun and not ended; none where there never was one. */
  readonly openProbes?: readonly OpenProbe[];
  /** None where it lets us in, as far as is known. */
  readonly refusals?: Refusals;
  /** Mails that are in no index, since the server cannot give them; asked for again in every round. */
  readonly unreadable?: number;
}

/** Why messages of a mailbox are not safe to remove: all of them, or those in Junk. */
export interface UnsafeMailbox {
  readonly whole: string | null;
  readonly junk: string | null;
}

/** How many mailboxes there are, and how many of them a search cannot rely on. */
export interface MailboxCounts {
  readonly all: number;
  readonly unreachable: number;
  readonly stale: number;
}

/** A mailbox: whose it is, how long it keeps soft-deleted mail, and whether a hold stops purging. */
export interface MailboxDoc {
  /** The address, in lower case. */
  readonly _id: string;
  readonly provider: string;
  readonly retentionDays: number;
  readonly hold: { readonly reason: string; readonly reference: string } | null;
  readonly createdAt: Date;
  /** None for an embedded mailbox: it is always at hand. */
  readonly imap?: ImapStanding;
}

const definition: CollectionDefinition = {
  name: 'mailboxes',
  schema: { _id: String, provider: String, retentionDays: Number, hold: {}, createdAt: Date, imap: {} },
  indexes: [
    [{ provider: 1, _id: 1 }],
    [{ 'imap.health': 1, 'imap.indexedAt': 1 }, { partialFilterExpression: { 'imap.health': { $exists: true } } }],
  ],
};

export interface MailboxStore extends MailboxRecords {
  readonly collection: Collection<MailboxDoc>;
  byAddress(address: string): Promise<MailboxDoc | null>;
  byAddresses(addresses: readonly string[]): Promise<MailboxDoc[]>;
  list(after: string | null, limit: number): Promise<MailboxDoc[]>;
  count(): Promise<number>;
  /** The domains that are our own: those that the settings name, else those of all mailboxes, in order. */
  internalDomains(settings: Pick<AutomationSettings, 'internalDomains'>): Promise<readonly string[]>;
  counts(now: Date): Promise<MailboxCounts>;
  /** Those of the mailboxes that are not safe, with the reason. */
  unsafe(addresses: readonly string[]): Promise<ReadonlyMap<string, UnsafeMailbox>>;
  /** How many mailboxes of a provider have been away, for this reason, since before a time. */
  longAway(provider: string, health: Health, before: Date): Promise<number>;
  /** The provider of each of these addresses. */
  providersOf(addresses: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** How many mailboxes of a provider have mail that the server cannot give, and how many such mails there are. */
  unreadableIn(provider: string): Promise<{ readonly mailboxes: number; readonly mails: number }>;
  /**
   * Makes the mailboxes of an IMAP provider known as they are configured now, each to be probed; what was found under
   * another configuration holds no more. Those that are not configured any more stay known, and are nobody's. Answers
   * addresses that another provider has already.
   */
  register(
    provider: string,
    addresses: readonly string[],
    configured: { readonly retentionDays: number; readonly fingerprint: string; readonly at: Date },
  ): Promise<string[]>;
}

const BATCH = 5000;
/** A mailbox that nobody has looked at yet is like one that is away. */
const AWAY: readonly Health[] = ['new', 'unreachable', 'loginRefused', 'notConfigured'];

export function createMailboxStore(connection: Connection): MailboxStore {
  const collection = collectionOf<MailboxDoc>(connection, definition);
  const away = async (mailbox: string, why: 'unreachable' | 'loginRefused', at: Date): Promise<void> => {
    await collection.updateOne(
      { _id: mailbox, 'imap.health': { $nin: [why, 'notConfigured'] } },
      // Within one time away, the reason may change: what was missed was missed from its beginning on.
      [
        {
          $set: {
            'imap.awaySince': {
              $cond: [{ $in: ['$imap.health', [...AWAY]] }, { $ifNull: ['$imap.awaySince', '$imap.since'] }, at],
            },
            'imap.health': why,
            'imap.since': at,
          },
        },
      ],
    );
  };
  return {
    collection,
    byAddress: (address) => collection.findOne({ _id: address }),
    byAddresses: (addresses) => collection.find({ _id: { $in: [...addresses] } }).toArray(),
    list: (after, limit) =>
      collection
        .find(after === null ? {} : { _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    count: () => collection.estimatedDocumentCount(),
    async internalDomains({ internalDomains: named }) {
      if (named.length > 0) return named;
      const found = await collection
        .aggregate<{ _id: string }>([{ $group: { _id: { $arrayElemAt: [{ $split: ['$_id', '@'] }, -1] } } }])
        .toArray();
      return found.map(({ _id }) => _id).sort();
    },
    async counts(now) {
      const before = new Date(now.getTime() - STALE_MS);
      const [all, unreachable, stale] = await Promise.all([
        collection.estimatedDocumentCount(),
        collection.countDocuments({ 'imap.health': { $in: [...AWAY] } }),
        // Also those of which a part was never indexed.
        collection.countDocuments({ 'imap.health': 'ok', 'imap.indexedAt': { $not: { $gte: before } } }),
      ]);
      return { all, unreachable, stale };
    },
    async unsafe(addresses) {
      const found = await collection
        .find({ _id: { $in: [...addresses] }, imap: { $exists: true } }, { projection: { imap: 1 }, batchSize: BATCH })
        .toArray();
      return new Map(found.map(({ _id, imap }): [string, UnsafeMailbox] => [_id, unsafeOf(imap)]));
    },
    longAway: (provider, health, before) =>
      collection.countDocuments({ provider, 'imap.health': health, 'imap.since': { $lt: before } }),
    async providersOf(addresses) {
      const found = await collection
        .find({ _id: { $in: [...addresses] } }, { projection: { provider: 1 }, batchSize: BATCH })
        .toArray();
      return new Map(found.map(({ _id, provider }) => [_id, provider]));
    },
    async register(provider, addresses, { retentionDays, fingerprint, at }) {
      const taken = await collection
        .find({ _id: { $in: [...addresses] }, provider: { $ne: provider } }, { projection: { _id: 1 } })
        .toArray();
      if (taken.length > 0) return taken.map(({ _id }) => _id);
      const fresh: ImapStanding = { health: 'new', since: at, indexedAt: null, fingerprint: null, probe: null };
      await collection.bulkWrite([
        ...addresses.map((address) => ({
          updateOne: {
            filter: { _id: address },
            update: {
              $setOnInsert: { provider, hold: null, createdAt: at, imap: fresh },
              $set: { retentionDays },
            },
            upsert: true,
          },
        })),
        {
          updateMany: {
            filter: { provider, _id: { $in: [...addresses] }, 'imap.health': 'notConfigured' },
            // It was away for as long; and what a probe left in it is there still.
            update: [{ $set: { imap: { ...fresh, awaySince: '$imap.since', openProbes: '$imap.openProbes' } } }],
          },
        },
        // Probed and asked again at every start (the configuration, a secret or the server may be another).
        {
          updateMany: {
            filter: { provider },
            update: {
              $set: { 'imap.probeAsked': true, 'imap.configured': fingerprint },
              $unset: { 'imap.refusals': 1 },
            },
          },
        },
        {
          updateMany: {
            filter: { provider, 'imap.fingerprint': { $ne: fingerprint } },
            update: { $set: { 'imap.fingerprint': null, 'imap.probe': null } },
          },
        },
        {
          updateMany: {
            filter: { provider, _id: { $nin: [...addresses] } },
            update: { $set: { 'imap.health': 'notConfigured', 'imap.since': at } },
          },
        },
      ]);
      return [];
    },
    async probeDue(mailbox, fingerprint, now) {
      const imap = (await collection.findOne({ _id: mailbox }, { projection: { imap: 1 } }))?.imap;
      // Whose configuration is not that of the last start any more has no say.
      if (imap?.configured !== fingerprint) return false;
      const { probe, openProbes = [] } = imap;
      if (probe === null || imap.fingerprint !== fingerprint || imap.probeAsked === true) return true;
      const isOver = (at: Date, ms: number): boolean => now.getTime() - at.getTime() > ms;
      const isOld = isOver(probe.at, UNSAFE_MS);
      if (openProbes.some(({ at }) => isOver(at, PROBE_MS)) && (isOld || !has(probe, 'testMessageLeft'))) return true;
      // With each probe such a server keeps more of its copies.
      return isOld && isUnsafe(probe) && !has(probe, 'copyKept');
    },
    async probeBegins(mailbox, probe) {
      const before = await collection.findOneAndUpdate(
        { _id: mailbox },
        { $push: { 'imap.openProbes': probe } },
        { returnDocument: 'before', projection: { 'imap.openProbes': 1 } },
      );
      return before?.imap?.openProbes ?? [];
    },
    async probeEnds(mailbox, id) {
      await collection.updateOne({ _id: mailbox }, { $pull: { 'imap.openProbes': { id } } });
    },
    async probed(mailbox, fingerprint, report) {
      await collection.updateOne(
        { _id: mailbox, 'imap.configured': fingerprint },
        { $set: { 'imap.fingerprint': fingerprint, 'imap.probe': report }, $unset: { 'imap.probeAsked': 1 } },
      );
    },
    unreachable: (mailbox, at) => away(mailbox, 'unreachable', at),
    async refusals(mailbox) {
      const found = await collection.findOne({ _id: mailbox }, { projection: { 'imap.refusals': 1 } });
      return found?.imap?.refusals ?? null;
    },
    async refused(mailbox, refusals, at) {
      await collection.updateOne({ _id: mailbox }, { $set: { 'imap.refusals': refusals } });
      await away(mailbox, 'loginRefused', at);
    },
    async letsIn(mailbox) {
      await collection.updateOne({ _id: mailbox }, { $unset: { 'imap.refusals': 1 } });
    },
    async well(mailbox, at) {
      await collection.updateOne({ _id: mailbox, 'imap.health': { $nin: ['ok', 'notConfigured'] } }, [
        {
          $set: {
            'imap.missedSince': { $min: ['$imap.missedSince', { $ifNull: ['$imap.awaySince', '$imap.since'] }] },
            'imap.health': 'ok',
            'imap.since': at,
          },
        },
        { $unset: ['imap.refusals', 'imap.awaySince'] },
      ]);
      const found = await collection.findOne({ _id: mailbox }, { projection: { 'imap.missedSince': 1 } });
      return found?.imap?.missedSince ?? null;
    },
    async searched(mailbox, since) {
      await collection.updateOne({ _id: mailbox, 'imap.missedSince': since }, { $unset: { 'imap.missedSince': 1 } });
    },
    async indexed(mailbox, at) {
      await collection.updateOne({ _id: mailbox }, { $set: { 'imap.indexedAt': at } });
    },
    async unreadable(mailbox, mails) {
      await collection.updateOne({ _id: mailbox }, { $set: { 'imap.unreadable': mails } });
    },
    async unreadableIn(provider) {
      const found = await collection
        .find({ provider, 'imap.unreadable': { $gt: 0 } }, { projection: { 'imap.unreadable': 1 }, batchSize: BATCH })
        .toArray();
      return { mailboxes: found.length, mails: found.reduce((total, { imap }) => total + (imap?.unreadable ?? 0), 0) };
    },
    async onHold(addresses) {
      const found = await collection
        .find({ _id: { $in: [...addresses] }, hold: { $ne: null } }, { projection: { _id: 1 }, batchSize: BATCH })
        .toArray();
      return new Set(found.map(({ _id }) => _id));
    },
  };
}

function has({ findings }: ProbeReport, code: string): boolean {
  return findings.some((finding) => finding.code === code);
}

function isUnsafe({ findings }: ProbeReport): boolean {
  return findings.some(({ unsafe }) => unsafe);
}

function unsafeOf(imap: ImapStanding | undefined): UnsafeMailbox {
  if (imap?.health === 'notConfigured') return { whole: 'the mailbox is configured no more', junk: null };
  const { probe = null } = imap ?? {};
  if (probe === null) return { whole: 'the mailbox was not probed yet as it is configured now', junk: null };
  return {
    whole: probe.findings.find(({ unsafe }) => unsafe)?.detail ?? null,
    junk: probe.findings.find(({ code }) => code === JUNK_UNCONFIRMED)?.detail ?? null,
  };
}
