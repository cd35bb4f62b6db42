import { type CommonEntityLimits } from './settings';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * What is known of a cluster's copies and of what came before them. Counts are messages unless they say otherwise; a copy
 * is a message that a removal would take.
 */
export interface PrevalenceFigures {
  /** The copies that were looked at. */
  readonly copies: number;
  /** Of those, how many came in longer before the alert than the limit of days. */
  readonly olderCopies: number;
  readonly internalCopies: number;
  /** From senders who wrote to us earlier (see {@link knownSince}). */
  readonly establishedCopies: number;
  /** Answered by one of our users, or an answer to one. */
  readonly answeredCopies: number;
  /** Answered by another sender, or an answer to another sender's mail that we hold. */
  readonly conversationCopies: number;
  /** Mailboxes with a copy; 0 where the copies came in one burst. */
  readonly mailboxesOverTime: number;
  /** Mailboxes with other, earlier mail that links to the same site; 0 for files. */
  readonly siteMailboxes: number;
  /** Of a pair of attributes: different other, earlier mails from its address or domain. None for files and URLs. */
  readonly originMails?: number;
  readonly mailboxes: number;
  /** When the entity was first seen at ingest, and in how much mail since; `null` where nobody kept count. */
  readonly seen: EntitySeen | null;
  readonly alertAt: Date;
  /** True where there is more earlier mail than may be looked through. */
  readonly truncated: boolean;
}

/** What was counted of an entity at ingest. Senders and domains are counted up to a bound. */
export interface EntitySeen {
  readonly firstSeen: Date;
  readonly messages: number;
  readonly senders: number;
  readonly senderDomains: number;
}

/** With fewer mailboxes than this a share of all mailboxes says nothing. */
export const MIN_MAILBOXES = 20;

/** A sender is established by this many mails… */
export const ESTABLISHED_MAILS = 2;

/** …without the entity, so many days before the copy as the settings say; mail with the entity counts after this many. */
export const SAME_ENTITY_DAYS = 30;

/** Copies that came in within this many days are one burst: how many mailboxes it reached says nothing of honest use. */
export const BURST_DAYS = 7;

/**
 * Why an entity may be one that honest mail carries too: a sentence with its figures for each limit that is passed. Mail
 * that somebody crafts can add a sign and never take one away: a share that more copies would press below its limit is
 * bounded by a number too.
 */
export function commonEntityDetails(figures: PrevalenceFigures, limits: CommonEntityLimits): string[] {
  return [
    ...copyDetails(figures, limits),
    ...originDetails(figures, limits),
    ...mailboxDetails(figures, limits),
    ...seenDetails(figures, limits),
  ];
}

function copyDetails(figures: PrevalenceFigures, limits: CommonEntityLimits): string[] {
  const { copies } = figures;
  const look = (count: number, percent: number, what: string): string[] => {
    const passed = count * 100 > percent * copies || count > limits.maxCopies;
    if (!passed || percent === 100) return [];
    const limit = percent === 0 ? '0 %' : `${percent} % and ${limits.maxCopies} copies`;
    return [`${count} of ${copies} copies ${what}, the limit is ${limit}`];
  };
  return [
    ...look(figures.olderCopies, limits.olderPercent, `are older than ${limits.olderDays} days before the alert`),
    ...look(figures.internalCopies, limits.internalPercent, 'have internal senders'),
    ...look(
      figures.establishedCopies,
      limits.establishedPercent,
      `have senders who wrote earlier, ${limits.establishedDays} days before or more`,
    ),
    ...look(figures.answeredCopies, limits.answeredPercent, 'are in a thread that users write in'),
    ...look(figures.conversationCopies, limits.conversationPercent, 'are in a thread of several senders'),
  ];
}

/** An address or domain that other mail came from before is not one that a campaign made for itself. */
function originDetails({ originMails = 0 }: PrevalenceFigures, limits: CommonEntityLimits): string[] {
  return originMails > limits.originMails
    ? [
        `${originMails} other mails came from the same address or domain ${limits.establishedDays} days before the alert or earlier, the limit is ${limits.originMails}`,
      ]
    : [];
}

function mailboxDetails(figures: PrevalenceFigures, limits: CommonEntityLimits): string[] {
  const { mailboxes } = figures;
  const look = (count: number, percent: number, what: string): string[] =>
    mailboxes >= MIN_MAILBOXES && count * 100 > percent * mailboxes
      ? [`${count} of ${mailboxes} mailboxes have ${what}, the limit is ${percent} %`]
      : [];
  return [
    ...look(figures.mailboxesOverTime, limits.mailboxPercent, `copies, over more than ${BURST_DAYS} days`),
    ...look(figures.siteMailboxes, limits.sitePercent, 'other, earlier mail that links to this site'),
  ];
}

function seenDetails({ seen, alertAt, truncated }: PrevalenceFigures, limits: CommonEntityLimits): string[] {
  const details: string[] = [];
  const days = seen === null ? 0 : Math.floor((alertAt.getTime() - seen.firstSeen.getTime()) / DAY_MS);
  if (seen !== null && days > limits.firstSeenDays) {
    const { messages, senders, senderDomains } = seen;
    details.push(
      `First seen ${days} days before the alert, since then in ${messages} messages of ${senders} senders in ${senderDomains} domains, the limit is ${limits.firstSeenDays} days`,
    );
  }
  if (truncated) details.push('There is more earlier mail of its senders, threads or site than is looked through');
  return details;
}

/** A mail that a sender wrote earlier. */
export interface EarlierMail {
  readonly networkMessageId: string;
  readonly receivedAt: Date;
  /** Whether it carries the entity too. */
  readonly carries: boolean;
}

/**
 * From when on a copy of this sender comes from somebody who wrote to us before, in milliseconds: the time by which
 * {@link ESTABLISHED_MAILS} different mails were old enough. `Infinity` where there are not so many.
 */
export function knownSince(mails: readonly EarlierMail[], days: number): number {
  const ripe = new Map<string, number>();
  for (const { networkMessageId, receivedAt, carries } of mails) {
    const at = receivedAt.getTime() + (carries ? Math.max(days, SAME_ENTITY_DAYS) : days) * DAY_MS;
    ripe.set(networkMessageId, Math.min(at, ripe.get(networkMessageId) ?? Infinity));
  }
  return [...ripe.values()].sort((one, other) => one - other)[ESTABLISHED_MAILS - 1] ?? Infinity;
}
