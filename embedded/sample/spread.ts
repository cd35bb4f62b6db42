import { createHash } from 'node:crypto';
import { type Delivery } from '../../mail/admin';
import { type CorpusMail, isSpam } from './corpus';

/** The sample is spread over this many mailboxes and this many days. */
export const SAMPLE = { mailboxes: 200, days: 30, domain: 'corp.example' } as const;

/** The demo's URL stands in at least this many spam mails. */
export const REPEATED = 20;

const DAY_MS = 24 * 60 * 60 * 1000;
/** Of the spam, one in this many was caught on delivery and lies in Junk. */
const JUNK_EVERY = 4;

/** Where and when a mail of the corpus is delivered: by the digest of its name, so always the same. */
export function placeOf(mail: CorpusMail, now: Date): Delivery {
  const digest = createHash('sha256').update(`${mail.group}/${mail.name}`).digest();
  const mailbox = digest.readUInt32BE(0) % SAMPLE.mailboxes;
  const age = Math.floor((digest.readUInt32BE(4) / 2 ** 32) * SAMPLE.days * DAY_MS);
  const caught = isSpam(mail) && (digest[8] ?? 0) % JUNK_EVERY === 0;
  return {
    mailbox: `user${String(mailbox + 1).padStart(3, '0')}@${SAMPLE.domain}`,
    folder: caught ? 'junkemail' : 'inbox',
    flags: (digest[9] ?? 0) % 2 === 0 ? ['\\Seen'] : [],
    receivedAt: new Date(now.getTime() - age),
    raw: mail.raw,
  };
}

/** How often spam and ham carry a URL, by message. */
export interface UrlUse {
  readonly url: string;
  readonly spam: number;
  readonly ham: number;
}

/**
 * The demo's malicious URL by rule: the http address that the most spam repeats ({@link REPEATED} mails at least) and
 * that no ham carries; ties go by name. `null` where there is none.
 */
export function demoUrl(uses: readonly UrlUse[]): UrlUse | null {
  const clean = uses.filter(({ ham, spam, url }) => ham === 0 && spam >= REPEATED && url.startsWith('http://'));
  return clean.sort((one, other) => other.spam - one.spam || (one.url < other.url ? -1 : 1))[0] ?? null;
}

/** Counts in how many spam and ham mails each URL stands; a mail counts once for each of its URLs. */
export function countUrls(mails: Iterable<{ readonly spam: boolean; readonly urls: readonly string[] }>): UrlUse[] {
  const uses = new Map<string, { spam: number; ham: number }>();
  for (const { spam, urls } of mails) {
    for (const url of new Set(urls)) {
      const use = uses.get(url) ?? { spam: 0, ham: 0 };
      if (spam) use.spam++;
      else use.ham++;
      uses.set(url, use);
    }
  }
  return [...uses].map(([url, use]) => ({ url, ...use }));
}
