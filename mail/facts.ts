import { createHash } from 'node:crypto';
import { pairKey, pairsOf } from '../domain/attributes';
import { fileKey, urlKey } from '../domain/entity';
import { fingerprint } from '../domain/fingerprint';
import { type MessageFacts } from '../domain/message-facts';
import { type ParsedMail } from './parse/types';

/** Hex digits of a digest that a key holds: 128 bits. */
const DIGEST_LENGTH = 32;

function digest(values: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, DIGEST_LENGTH);
}

/** What the index keeps of a parsed mail, with the key of every file and URL that it carries. */
export function factsOf(mail: ParsedMail): MessageFacts {
  const bodyFingerprint = fingerprint(mail.text, mail.recipients);
  return {
    networkMessageId: mail.networkMessageId,
    internetMessageId: mail.internetMessageId,
    answers: mail.answers,
    subject: mail.subject,
    senderAddress: mail.senderAddress,
    senderName: mail.senderName,
    senderDomain: mail.senderDomain,
    senderIp: mail.senderIp,
    recipients: mail.recipients,
    sentAt: mail.sentAt === null ? null : new Date(mail.sentAt),
    bodyFingerprint,
    size: mail.size,
    sha256: mail.sha256,
    attachments: mail.attachments,
    urls: mail.urls,
    keys: [
      ...new Set([
        ...mail.attachments.map((attachment) => fileKey(attachment.sha256)),
        ...mail.urls.map(({ url }) => urlKey(url)),
        ...pairsOf({ ...mail, bodyFingerprint }).map(({ pair, values }) => pairKey(pair, digest(values))),
      ]),
    ],
    brokenLimits: mail.brokenLimits,
    defects: mail.defects,
  };
}
