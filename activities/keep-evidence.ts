import { createHash } from 'node:crypto';
import { batchesOf } from '../domain/batches';
import { inTurns } from '../domain/in-turns';
import { type ActionDoc } from '../store/actions';
import { type EvidenceDoc } from '../store/evidence';
import { type LedgerDoc } from '../store/ledger';
import { type MessageDoc } from '../store/messages';
import { type ActivityDeps } from './deps';
import { createWitness } from './witness';

const AT_ONCE = 4;
/** Records that are held in memory at once, each with its headers. */
const BATCH = 50;
/** Bytes of a header block that are kept. */
const HEADERS_KEPT = 256 * 1024;

/** Why a message may not be deleted for good, by its id. */
export type Barred = ReadonlyMap<string, 'onHold' | 'holdUnknown' | 'noEvidence'>;

/**
 * What must be so before messages are deleted for good: no hold is on their mailboxes, as far as their providers know for
 * sure, and of each message there is a record of what it was, written and read back. The records are in the audit.
 */
export function createKeepEvidence(deps: ActivityDeps) {
  const { store, provider, clock } = deps;
  const witness = createWitness(deps);

  return async function keepEvidence(action: ActionDoc, rows: readonly LedgerDoc[]): Promise<Barred> {
    const barred = new Map<string, 'onHold' | 'holdUnknown' | 'noEvidence'>();
    const retentions = await provider.retention([...new Set(rows.map(({ mailbox }) => mailbox))]);
    for (const { messageId, mailbox } of rows) {
      const retention = retentions.get(mailbox);
      if (retention === undefined || retention.basis === 'unknown') barred.set(messageId, 'holdUnknown');
      else if (retention.hold) barred.set(messageId, 'onHold');
    }
    const free = rows.filter(({ messageId }) => !barred.has(messageId));
    const messages = new Map(
      (await store.messages.byIds(free.map(({ messageId }) => messageId))).map((message) => [message._id, message]),
    );
    const kept = new Set<string>();
    for (const batch of batchesOf(free, BATCH)) {
      const records = await inTurns(batch, AT_ONCE, (row) => recordOf(action._id, row, messages.get(row.messageId)));
      for (const id of await store.evidence.keep(records.flatMap((record) => record ?? []))) kept.add(id);
    }
    for (const { messageId } of free) if (!kept.has(messageId)) barred.set(messageId, 'noEvidence');
    if (kept.size > 0) {
      await witness({
        ...{ subject: action.decidedBy ?? action.startedBy, action: 'action.evidence', target: action._id },
        ...{ after: { messages: kept.size }, once: `${action._id}:${rows[0]?.chunk ?? 0}:${action.retries}` },
      });
    }
    return barred;
  };

  /** What is too large to be read stays, and holds up no other. */
  async function readable(ref: Pick<LedgerDoc, 'messageId' | 'mailbox'>): Promise<Uint8Array | null> {
    try {
      return await provider.read(ref);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'tooLarge') return null;
      throw error;
    }
  }

  async function recordOf(
    actionId: string,
    { messageId, mailbox, networkMessageId, from }: LedgerDoc,
    message: MessageDoc | undefined,
  ): Promise<EvidenceDoc | null> {
    const raw = message === undefined ? null : await readable({ messageId, mailbox });
    if (raw === null || message === undefined) return null;
    const bytes = Buffer.from(raw);
    const headers = headerBlock(bytes);
    return {
      ...{ _id: `${actionId}:${messageId}`, actionId, messageId, mailbox, networkMessageId },
      internetMessageId: message.internetMessageId,
      // Header bytes are ASCII by the standard: read so, none is lost and none can be anything else.
      headers: headers.subarray(0, HEADERS_KEPT).toString('latin1'),
      headersTruncated: headers.length > HEADERS_KEPT,
      ...{ sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length },
      ...{ folder: from, flags: message.flags, receivedAt: message.receivedAt, at: clock() },
    };
  }
}

/** The bytes before the first empty line. */
function headerBlock(bytes: Buffer): Buffer {
  const ends = [bytes.indexOf('\r\n\r\n'), bytes.indexOf('\n\n')].filter((at) => at >= 0);
  return ends.length === 0 ? bytes : bytes.subarray(0, Math.min(...ends));
}
