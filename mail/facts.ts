import { fileKey, urlKey } from '../domain/entity';
import { fingerprint } from '../domain/fingerprint';
import { type MessageFacts } from '../domain/message-facts';
import { type ParsedMail } from './parse/types';

/** What the index keeps of a parsed mail, with the key of every file and URL that it carries. */
export function factsOf(mail: ParsedMail): MessageFacts {
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
    bodyFingerprint: fingerprint(mail.text, mail.recipients),
    size: mail.size,
    sha256: mail.sha256,
    attachments: mail.attachments,
    urls: mail.urls,
    keys: [
      ...new Set([
        ...mail.attachments.map((attachment) => fileKey(attachment.sha256)),
        ...mail.urls.map(({ url }) => urlKey(url)),
      ]),
    ],
    brokenLimits: mail.brokenLimits,
    defects: mail.defects,
  };
}
