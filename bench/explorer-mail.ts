import { fileKey, urlKey } from '../domain/entity';
import { placed, RECOVERABLE_FOLDER } from '../domain/location';
import { termsOf } from '../domain/search-terms';
import { type ClusterDoc } from '../store/clusters';
import { newId } from '../store/collection';
import { type LedgerDoc } from '../store/ledger';
import { type MessageDoc } from '../store/messages';
import { type Harness } from '../test/support/harness';

export const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 1_000_000);
const BATCH = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;

export const SHA256 = 'ab'.repeat(32);
export const URL_ = 'http://evil.example/pay';
export const AUTOMATED = 'Automated remediation:automated';
export const CLUSTER = 'c'.repeat(24);

/**
 * Mail of 5,000 senders in 1,000 domains to 2,000 mailboxes over 29 days; a part of it in Junk, a part sent, a part from
 * inside, and of a campaign of 2,000 that a malicious cluster knows every second one removed.
 */
export async function fill({ store }: Harness, now: Date): Promise<void> {
  await store.mailboxes.collection.insertMany(
    Array.from({ length: 2000 }, (_, at) => ({
      ...{ _id: `r${at}@corp.example`, provider: 'embedded', retentionDays: 14, hold: null, createdAt: now },
    })),
  );
  for (let from = 0; from < MESSAGES; from += BATCH) {
    const docs = Array.from({ length: Math.min(BATCH, MESSAGES - from) }, (_, at) => messageOf(from + at, now));
    await store.messages.collection.insertMany(docs, { ordered: false, writeConcern: { w: 1 } });
    const rows = docs.filter(({ removedBy }) => removedBy !== null).map((doc) => rowOf(doc, now));
    if (rows.length > 0) await store.ledger.collection.insertMany(rows, { ordered: false, writeConcern: { w: 1 } });
  }
  await store.clusters.collection.insertOne(clusterOf(new Date()));
}

function messageOf(at: number, now: Date): MessageDoc {
  const sender = (at * 7919) % 5000;
  const domain = sender % 1000 === 1 ? 'corp.example' : `d${sender % 1000}.example`;
  const mailbox = `r${at % 2000}@corp.example`;
  const folder = at % 50 === 0 ? 'junkemail' : at % 97 === 0 ? 'sentitems' : at % 61 === 0 ? 'deleteditems' : 'inbox';
  const evil = at % 500 === 0;
  const removed = at % 1000 === 0;
  const facts = {
    ...{ networkMessageId: `n${at}`, internetMessageId: `<${at}@d.example>`, answers: [] },
    subject: `Report ${at % 9973} of the ${at % 100 === 0 ? 'quarterly' : 'weekly'} figures`,
    ...{ senderAddress: `user${sender}@${domain}`, senderName: 'Somebody', senderIp: '192.0.2.7' },
    ...{ senderDomain: domain, recipients: [mailbox], sentAt: now, bodyFingerprint: null },
    ...{ size: 3000, sha256: at.toString(16).padStart(64, '0') },
    attachments: evil
      ? [
          {
            ...{ fileName: 'Invoice.pdf', sha256: SHA256, size: 10, contentType: 'application/pdf' },
            inline: false,
            nested: false,
          },
        ]
      : [],
    urls: [
      {
        ...{ url: evil ? URL_ : `https://site${at % 3000}.example/`, host: 'x', location: 'Body', unwrapped: false },
        domain: evil ? 'evil.example' : `site${at % 3000}.example`,
      },
    ],
    keys: evil ? [fileKey(SHA256), urlKey(URL_)] : [urlKey(`https://site${at % 3000}.example/`)],
    ...{ brokenLimits: [], defects: [] },
  };
  return {
    ...{ _id: newId(), provider: 'embedded', mailbox, originalFolder: folder, revision: 0, flags: [] },
    receivedAt: new Date(now.getTime() - Math.floor((at / MESSAGES) * 29 * DAY_MS)),
    ...placed(removed ? RECOVERABLE_FOLDER : folder),
    ...{ removedBy: removed ? CLUSTER : null, removedFrom: removed ? folder : null, removedAt: removed ? now : null },
    ...{ restoredBy: null, purgedAt: null, clearedKeys: [] },
    ...facts,
    terms: termsOf(facts, mailbox, folder),
  };
}

function rowOf({ _id, mailbox, networkMessageId, receivedAt }: MessageDoc, at: Date): LedgerDoc {
  return {
    ...{
      _id: `${CLUSTER}.${_id}`,
      jobId: CLUSTER,
      kind: 'action',
      chunk: 0,
      messageId: _id,
      mailbox,
      networkMessageId,
    },
    ...{ receivedAt, from: 'inbox', to: RECOVERABLE_FOLDER, revision: 0, fence: 1 },
    ...{ outcome: 'removed', reason: null, ownerActionId: null, at },
    event: {
      ...{ action: 'Soft delete', actionType: 'Automated Remediation', actionTrigger: 'Automation' },
      ...{ actionResult: 'Success', sourceLocation: 'Inbox/folder', deliveryLocation: 'Soft deleted' },
      additionalAction: AUTOMATED,
    },
  };
}

/** Of a cluster only what the Explorer reads. */
function clusterOf(queryTime: Date): ClusterDoc {
  const entity = { type: 'file', sha256: SHA256, threat: 'Malware' } as const;
  return {
    _id: CLUSTER,
    key: fileKey(SHA256),
    type: 'similarFiles',
    entity,
    verdict: 'malicious',
    queryTime,
  } as ClusterDoc;
}
