import { type MailboxAdmin } from '../../mail/admin';
import { parseMail } from '../../mail/parse/parse-mail';
import { isSpam, readCorpus } from './corpus';
import { countUrls, demoUrl, placeOf, type UrlUse } from './spread';

const BATCH = 500;

/** Loads the sample once: a mailbox that has a mail already gets no second copy. */
export async function loadSample(
  admin: MailboxAdmin,
  now: Date,
): Promise<{ readonly stored: number; readonly total: number }> {
  const mails = await readCorpus();
  let stored = 0;
  for (let at = 0; at < mails.length; at += BATCH) {
    const deliveries = mails.slice(at, at + BATCH).map((mail) => placeOf(mail, now));
    stored += (await admin.deliverMany(deliveries, { skipExisting: true })).stored;
  }
  return { stored, total: mails.length };
}

/** The demo's URL with its figures, counted over the corpus itself. */
export async function findDemoUrl(): Promise<UrlUse | null> {
  const mails = [];
  for (const mail of await readCorpus()) {
    mails.push({ spam: isSpam(mail), urls: (await parseMail(mail.raw)).urls.map(({ url }) => url) });
  }
  return demoUrl(countUrls(mails));
}
