import { RECOVERABLE_FOLDER } from '../domain/location';
import { newId } from '../store/collection';
import { type LedgerDoc } from '../store/ledger';
import { BOTH_ON, deliverCopies, ended, raise, setSettings } from '../test/support/cases';
import { type Harness } from '../test/support/harness';
import { median, shown } from './figures';

const MESSAGES = 10_000;
const ROUNDS = 3;
const BATCH = 1_000;
const TARGET = 3;

/**
 * A removal of 10,000 messages, from its alert to its end, against its floor: for each message one updateOne by _id, one
 * ledger updateOne and one event insert, in unordered bulk writes of a thousand on the same server, indexes and pool.
 * The two take turns. Answers whether the ratio of the medians is under its target.
 */
export async function removal(harness: Harness): Promise<boolean> {
  await setSettings(harness, BOTH_ON);
  await harness.startWorker();
  const floors: number[] = [];
  const removals: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    floors.push(await timeFloor(harness, round));
    removals.push(await timeRemoval(harness, round));
    console.log(`round ${round + 1}: floor ${shown(floors[round])}, removal ${shown(removals[round])}`);
  }
  const ratio = median(removals) / median(floors);
  console.log(`${MESSAGES} messages: ratio ${ratio.toFixed(2)} to the floor (must be under ${TARGET})`);
  return ratio < TARGET;
}

async function timeRemoval(harness: Harness, round: number): Promise<number> {
  const { file } = await deliverCopies(harness, `removal-${round}`, MESSAGES);
  const start = performance.now();
  const { id } = await raise(harness, [file]);
  const { actions } = await ended(harness, id);
  const took = performance.now() - start;
  const removed = actions[0]?.outcomes?.['removed'] ?? 0;
  if (removed !== MESSAGES) throw new Error(`The removal took ${removed} of ${MESSAGES} messages`);
  return took;
}

async function timeFloor(harness: Harness, round: number): Promise<number> {
  const { store } = harness;
  const { ids } = await deliverCopies(harness, `floor-${round}`, MESSAGES);
  const jobId = newId();
  const rows = ids.map((messageId, seq) => ledgerRow(jobId, messageId, seq));
  await store.ledger.insert(rows);
  const events = await eventsByHand(harness);
  const start = performance.now();
  for (let at = 0; at < rows.length; at += BATCH) {
    const batch = rows.slice(at, at + BATCH);
    const now = new Date();
    await store.messages.collection.bulkWrite(
      batch.map(({ messageId }) => ({
        updateOne: {
          filter: { _id: messageId },
          update: {
            $set: { folder: RECOVERABLE_FOLDER, removedBy: jobId, removedFrom: 'inbox', removedAt: now },
            $inc: { revision: 1 },
          },
        },
      })),
      { ordered: false },
    );
    await store.ledger.collection.bulkWrite(
      batch.map(({ _id }) => ({
        updateOne: { filter: { _id }, update: { $set: { outcome: 'removed', fence: 1, at: now } } },
      })),
      { ordered: false },
    );
    await events.bulkWrite(
      batch.map((row) => ({ insertOne: { document: eventOf(row, now) } })),
      { ordered: false },
    );
  }
  return performance.now() - start;
}

/** A collection of events as one would make it by hand; the product keeps an event in the row of its ledger. */
async function eventsByHand({ store }: Harness) {
  const events = store.connection.collection<ReturnType<typeof eventOf>>('benchEvents');
  await events.createIndexes([
    { key: { messageId: 1, at: 1 } },
    { key: { jobId: 1 } },
    { key: { additionalAction: 1, receivedAt: -1, messageId: -1 } },
  ]);
  return events;
}

function ledgerRow(jobId: string, messageId: string, seq: number): LedgerDoc {
  return {
    ...{
      _id: `${jobId}.${String(seq).padStart(7, '0')}`,
      jobId,
      kind: 'action',
      chunk: 0,
      messageId,
      receivedAt: new Date(),
    },
    ...{ mailbox: 'user0@corp.example', networkMessageId: messageId, from: 'inbox', to: null, revision: 0, fence: 0 },
    ...{ outcome: 'open', reason: null, ownerActionId: null, at: null, event: null },
  };
}

function eventOf({ jobId, messageId, mailbox, networkMessageId, receivedAt }: LedgerDoc, at: Date) {
  return {
    ...{ _id: `${jobId}:${messageId}`, jobId, messageId, mailbox, networkMessageId, at, receivedAt },
    ...{ action: 'Soft delete', actionType: 'Automatic', actionTrigger: 'Automation', actionResult: 'Success' },
    ...{ sourceLocation: 'Inbox', deliveryLocation: 'Inbox', additionalAction: 'Automated remediation' },
  };
}
