import { batchesOf } from '../domain/batches';
import { PURGES_FOLDER } from '../domain/location';
import { TERM } from '../domain/search-terms';
import { type EarlierMail } from '../domain/prevalence';
import { type MessageStore } from './messages';

/** A mail of a thread: who wrote it, where it was delivered, and the Message-ID that ties it to the thread. */
export interface ThreadMail {
  readonly internetMessageId: string;
  readonly answers: readonly string[];
  readonly senderAddress: string;
  readonly senderDomain: string;
  readonly originalFolder: string;
}

export interface SenderMail extends EarlierMail {
  readonly senderAddress: string;
}

/** What was found within a bound; `truncated` where there was more to look through. */
export interface Bounded<T> {
  readonly found: readonly T[];
  readonly truncated: boolean;
}

/**
 * Questions about earlier mail, for the prevalence guard. Each reads at most {@link LOOK} documents of an index at a time.
 * Mail that a removal took, that lies in Junk or that is purged tells nothing good of anybody and is left out.
 */
export interface MessageHistory {
  /** Mail of these senders from before a time. */
  ofSenders(senders: readonly string[], before: Date, key: string): Promise<Bounded<SenderMail>>;
  /** Mail that says it answers one of these Message-IDs. */
  answering(ids: readonly string[]): Promise<Bounded<ThreadMail>>;
  /** Mail with one of these Message-IDs. */
  withIds(ids: readonly string[]): Promise<Bounded<ThreadMail>>;
  /** The mailboxes that got mail from before a time that links to a site (a registrable domain) and lacks the entity. */
  mailboxesLinkingTo(domain: string, before: Date, key: string): Promise<Bounded<string>>;
  /** The network message ids of mail from before a time that a term leads to and that lacks the key. */
  othersWith(term: string, before: Date, key: string): Promise<Bounded<string>>;
}

/** Documents that one look reads at most. */
export const LOOK = 20_000;

/** Values that one query names at most. */
const NAMED = 1000;

const TELLS_NOTHING = ['junkemail', PURGES_FOLDER];
const IN_USE = { removedBy: null, folder: { $nin: TELLS_NOTHING } };
const inUse = { $and: [{ $eq: ['$removedBy', null] }, { $not: [{ $in: ['$folder', TELLS_NOTHING] }] }] };
const carries = (key: string) => ({ $in: [{ $literal: key }, '$keys'] });
const THREAD = { internetMessageId: 1, answers: 1, senderAddress: 1, senderDomain: 1, originalFolder: 1 } as const;

export function createMessageHistory({ collection }: Pick<MessageStore, 'collection'>): MessageHistory {
  async function thread(term: (id: string) => string, ids: readonly string[]): Promise<Bounded<ThreadMail>> {
    const found: ThreadMail[] = [];
    for (const named of batchesOf(ids, NAMED)) {
      if (found.length > LOOK) break;
      const page = await collection
        .find({ terms: { $in: named.map(term) }, ...IN_USE }, { projection: THREAD, limit: LOOK + 1 })
        .toArray();
      found.push(...page.map((mail) => ({ ...mail, answers: mail.answers ?? [] })));
    }
    return { found, truncated: found.length > LOOK };
  }

  /** Mail from before a time that a term leads to, by a field; `tells` counts what is in use and lacks the key. */
  async function others(
    term: string,
    { before, key, by }: { readonly before: Date; readonly key: string; readonly by: string },
  ): Promise<Bounded<string>> {
    const groups = await collection
      .aggregate<{ _id: string; read: number; tells: number }>([
        { $match: { terms: term, receivedAt: { $lt: before } } },
        { $limit: LOOK + 1 },
        { $project: { [by]: 1, tells: { $and: [inUse, { $not: [carries(key)] }] } } },
        { $group: { _id: `$${by}`, read: { $sum: 1 }, tells: { $sum: { $cond: ['$tells', 1, 0] } } } },
      ])
      .toArray();
    return {
      found: groups.flatMap(({ _id, tells }) => (tells > 0 ? [_id] : [])),
      truncated: groups.reduce((total, { read }) => total + read, 0) > LOOK,
    };
  }

  return {
    async ofSenders(senders, before, key) {
      const found: SenderMail[] = [];
      let truncated = false;
      for (const named of batchesOf(senders, NAMED)) {
        if (truncated) break;
        const rows = await collection
          .aggregate<SenderMail & { readonly inUse: boolean }>([
            { $match: { terms: { $in: named.map(TERM.sender) }, receivedAt: { $lt: before } } },
            { $limit: LOOK + 1 },
            {
              $project: {
                _id: 0,
                senderAddress: 1,
                networkMessageId: 1,
                receivedAt: 1,
                carries: carries(key),
                inUse,
              },
            },
          ])
          .toArray();
        found.push(...rows.filter((row) => row.inUse));
        truncated = rows.length > LOOK;
      }
      return { found, truncated };
    },
    answering: (ids) => thread(TERM.answered, ids),
    withIds: (ids) => thread(TERM.internetMessageId, ids),
    mailboxesLinkingTo: (domain, before, key) => others(TERM.urlDomain(domain), { before, key, by: 'mailbox' }),
    othersWith: (term, before, key) => others(term, { before, key, by: 'networkMessageId' }),
  };
}
