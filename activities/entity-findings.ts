import { type ClusterEntity, clusterKey } from '../domain/entity';
import { automationMayTakeFrom } from '../domain/location';
import { type EntityFindings } from '../domain/policy';
import { BURST_DAYS, knownSince, MIN_MAILBOXES, type PrevalenceFigures } from '../domain/prevalence';
import { type AutomationSettings } from '../domain/settings';
import { groupBy } from '../domain/group';
import { originTerm } from '../domain/search-terms';
import { weakMatchDetails } from '../domain/weak-match';
import { type AlertDoc } from '../store/alerts';
import { type ThreadMail } from '../store/message-history';
import { type ClusterRow } from '../store/messages';
import { type Store } from '../store/store';

/** At most this many copies are looked at, taken evenly from all: a cluster above it waits anyway. */
export const LOOKED_AT = 10_000;

/** Of the mails that a copy says it answers, the latest are looked up. */
const ANSWERS_LOOKED_UP = 3;

const DAY_MS = 24 * 60 * 60 * 1000;

export interface EntityLook {
  readonly alert: AlertDoc;
  readonly entity: ClusterEntity;
  readonly settings: AutomationSettings;
  readonly carrying: readonly ClusterRow[];
  readonly mailboxes: number;
}

/**
 * What may make an entity no ground to remove without a person: how honest mail may carry it too, and whether it was
 * found in weak places alone. Reads the index only; looks at the copies that a removal would take, in bounded batches.
 */
export function createEntityFindings(store: Store) {
  return async function lookAtEntity({
    alert,
    entity,
    settings,
    carrying,
    mailboxes,
  }: EntityLook): Promise<EntityFindings | null> {
    const excluded = new Set(settings.excludedMailboxes);
    const copies = evenly(
      carrying.filter(({ mailbox, folder }) => !excluded.has(mailbox) && automationMayTakeFrom(folder)),
    );
    if (alert.verdict !== 'malicious' || copies.length === 0) return null;
    const internal = await store.mailboxes.internalDomains(settings);
    const prevalence = await figuresOf(copies, { alert, entity, settings, mailboxes, internal: new Set(internal) });
    // Similar mail carries nothing: weak pairs make no cluster in the first place.
    if (entity.type === 'attributes') return { prevalence, weak: [] };
    const weak = weakMatchDetails(
      entity.type === 'url' ? entity.url : null,
      copies.map(({ attachments, urls }) => ({
        files: attachments,
        // Where it is not known whether an attachment was a message, it may have been one.
        urls: urls.map(({ unwrapped, nested, location }) => ({
          unwrapped,
          nested: nested ?? location === 'Attachment',
        })),
      })),
      internal,
    );
    return { prevalence, weak };
  };

  async function figuresOf(
    copies: readonly ClusterRow[],
    { alert, entity, settings, mailboxes, internal }: Look,
  ): Promise<PrevalenceFigures> {
    const { olderDays, establishedDays } = settings.commonEntity;
    const key = clusterKey(entity);
    const times = copies.map(({ receivedAt }) => receivedAt.getTime());
    const [oldest, newest] = [times.reduce(least), times.reduce(greatest)];
    const domain = entity.type === 'url' ? copies[0]?.urls[0]?.domain : undefined;
    const longAgo = daysBefore(alert.at.getTime(), establishedDays);
    const [established, threads, site, origin, seen] = await Promise.all([
      establishedCopies(copies, { before: daysBefore(newest, establishedDays), days: establishedDays, key }),
      threadCopies(copies, internal),
      domain === undefined || mailboxes < MIN_MAILBOXES
        ? { found: [], truncated: false }
        : store.history.mailboxesLinkingTo(domain, longAgo, key),
      entity.type === 'attributes' ? store.history.othersWith(originTerm(entity), longAgo, key) : null,
      store.entityStats.seen(key),
    ]);
    const overTime = newest - oldest > BURST_DAYS * DAY_MS;
    return {
      copies: copies.length,
      olderCopies: times.filter((at) => at < alert.at.getTime() - olderDays * DAY_MS).length,
      internalCopies: copies.filter(({ senderDomain }) => internal.has(senderDomain)).length,
      establishedCopies: established.count,
      ...threads.counts,
      mailboxesOverTime: overTime ? new Set(copies.map(({ mailbox }) => mailbox)).size : 0,
      siteMailboxes: site.found.length,
      ...(origin === null ? {} : { originMails: origin.found.length }),
      mailboxes,
      seen,
      alertAt: alert.at,
      truncated: [established, threads, site, origin].some((look) => look?.truncated === true),
    };
  }

  /** Copies whose sender wrote to us before, without the entity, early enough before the copy. */
  async function establishedCopies(
    copies: readonly ClusterRow[],
    { before, days, key }: { readonly before: Date; readonly days: number; readonly key: string },
  ): Promise<{ readonly count: number; readonly truncated: boolean }> {
    const senders = [...new Set(copies.map(({ senderAddress }) => senderAddress))].filter((sender) => sender !== '');
    const { found, truncated } = await store.history.ofSenders(senders, before, key);
    const since = new Map(
      [...groupBy(found, ({ senderAddress }) => senderAddress)].map(([sender, mails]) => [
        sender,
        knownSince(mails, days),
      ]),
    );
    const count = copies.filter(
      ({ senderAddress, receivedAt }) => receivedAt.getTime() >= (since.get(senderAddress) ?? Infinity),
    ).length;
    return { count, truncated };
  }

  /** Copies in threads: answered, or answers to mail that we hold; by our users, and by any other sender. */
  async function threadCopies(copies: readonly ClusterRow[], internal: ReadonlySet<string>) {
    const ids = distinct(copies.map(({ internetMessageId }) => internetMessageId));
    const [answers, answered] = await Promise.all([
      store.history.answering(ids),
      store.history.withIds(distinct(copies.flatMap(latestAnswers))),
    ]);
    const answersTo = groupBy(
      answers.found.flatMap((mail) => mail.answers.map((id) => ({ id, mail }))),
      ({ id }) => id,
    );
    const byId = groupBy(answered.found, ({ internetMessageId }) => internetMessageId);
    const counts = { answeredCopies: 0, conversationCopies: 0 };
    for (const copy of copies) {
      const thread = [
        ...(answersTo.get(copy.internetMessageId) ?? []).map(({ mail }) => mail),
        ...latestAnswers(copy).flatMap((id) => byId.get(id) ?? []),
      ];
      if (thread.some((mail) => isOurs(mail, internal))) counts.answeredCopies++;
      if (thread.some(({ senderAddress }) => senderAddress !== copy.senderAddress)) counts.conversationCopies++;
    }
    return { counts, truncated: answers.truncated || answered.truncated };
  }
}

interface Look extends Pick<EntityLook, 'alert' | 'entity' | 'settings' | 'mailboxes'> {
  readonly internal: ReadonlySet<string>;
}

function isOurs({ senderDomain, originalFolder }: ThreadMail, internal: ReadonlySet<string>): boolean {
  return originalFolder === 'sentitems' || internal.has(senderDomain);
}

function latestAnswers({ answers = [] }: ClusterRow): readonly string[] {
  return answers.slice(-ANSWERS_LOOKED_UP);
}

function evenly(rows: readonly ClusterRow[]): readonly ClusterRow[] {
  const step = Math.ceil(rows.length / LOOKED_AT);
  return step <= 1 ? rows : rows.filter((_, at) => at % step === 0);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value !== '');
}

function daysBefore(time: number, days: number): Date {
  return new Date(time - days * DAY_MS);
}

function least(one: number, other: number): number {
  return Math.min(one, other);
}

function greatest(one: number, other: number): number {
  return Math.max(one, other);
}
