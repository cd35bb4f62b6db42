import { createHash } from 'node:crypto';
import { batchesOf } from '../domain/batches';
import { groupBy } from '../domain/group';
import { inTurns } from '../domain/in-turns';
import { type ActionDoc } from '../store/actions';
import { type EvidenceDoc } from '../store/evidence';
import { type WorkRow } from '../store/ledger';
import { type MessageDoc } from '../store/messages';
import { type ActivityDeps } from './deps';
import { type CodedError, isCoded } from './failure-mapping';
import { createWitness } from './witness';

const AT_ONCE = 4;
/** Records that are held in memory at once, each with its headers. */
const BATCH = 50;
/** Bytes of a header block that are kept. */
const HEADERS_KEPT = 256 * 1024;

/** What stands against deleting messages for good, by their ids. */
export interface Objections {
  /** Why a message may not be deleted. */
  readonly barred: ReadonlyMap<string, 'onHold' | 'holdUnknown' | 'noEvidence'>;
  /** Messages that could not be read, since their mailbox is away or lets us in no more: they hold up no other. */
  readonly unread: ReadonlyMap<string, CodedError>;
}

/**
 * What must be so before messages are deleted for good: no hold is on their mailboxes, as far as their providers know for
 * sure, and of each message there is a record of what it was, written and read back. The records are in the audit.
 */
export function createKeepEvidence(deps: ActivityDeps) {
  const { store, provider, clock } = deps;
  const witness = createWitness(deps);

  return async function keepEvidence(action: ActionDoc, rows: readonly WorkRow[]): Promise<Objections> {
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
    const shut = new Map<string, CodedError>();
    for (const batch of batchesOf(free, BATCH)) {
      const found = await inTurns([...groupBy(batch, ({ mailbox }) => mailbox)], AT_ONCE, ([mailbox, own]) =>
        recordsOf(action._id, mailbox, own, messages, shut),
      );
      for (const id of await store.evidence.keep(found.flat())) kept.add(id);
    }
    const unread = new Map<string, CodedError>();
    for (const { messageId, mailbox } of free) {
      const why = shut.get(mailbox);
      if (kept.has(messageId)) continue;
      if (why === undefined) barred.set(messageId, 'noEvidence');
      else unread.set(messageId, why);
    }
    const first = free.find(({ messageId }) => kept.has(messageId));
    if (first !== undefined) {
      await witness({
        ...{ subject: action.decidedBy ?? action.startedBy, action: 'action.evidence', target: action._id },
        ...{ after: { messages: kept.size }, once: `${first._id}:${action.retries}` },
      });
    }
    return { barred, unread };
  };

  /** The records of one mailbox's messages, until it cannot be asked: who is refused again and again is locked out. */
  async function recordsOf(
    actionId: string,
    mailbox: string,
    rows: readonly WorkRow[],
    messages: ReadonlyMap<string, MessageDoc>,
    shut: Map<string, CodedError>,
  ): Promise<EvidenceDoc[]> {
    const records: EvidenceDoc[] = [];
    for (const row of rows) {
      if (shut.has(mailbox)) break;
      try {
        const record = await recordOf(actionId, row, messages.get(row.messageId));
        if (record !== null) records.push(record);
      } catch (error) {
        if (!isCoded(error)) throw error;
        shut.set(mailbox, error);
      }
    }
    return records;
  }

  /** What is too large to be read stays. */
  async function readable(ref: Pick<WorkRow, 'messageId' | 'mailbox'>): Promise<Uint8Array | null> {
    try {
      return await provider.read(ref);
    } catch (error) {
      if (isCoded(error) && error.code === 'tooLarge') return null;
      throw error;
    }
  }

  async function recordOf(
    actionId: string,
    { messageId, mailbox, networkMessageId, from }: WorkRow,
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
