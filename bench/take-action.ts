import { readFileSync } from 'node:fs';
import { type ActionView } from '../api/views';
import { actionWorkflowId, revertWorkflowId, runWorkflowId } from '../domain/ids';
import { appOf } from '../test/support/app';
import { parts } from '../test/support/cases';
import { env, type Harness, until } from '../test/support/harness';
import { mail } from '../test/support/mail';
import { type Caller, caller } from '../test/support/rest';
import { startWorkerProcess } from '../test/support/worker-process';
import { shown } from './figures';

const MESSAGES = 200_000;
/** What the large run is compared with: the same work, so much smaller that all that a worker keeps would show. */
const WARM_UP = 20_000;
const PER_MAILBOX = 20;
const SLICE = 20_000;
const EVENTS_UNDER = 4_000;
/** By so much the worker may peak higher in the large run than in the small one, in MB: what V8 leaves uncollected. */
const GROWTH_MB = 100;
const LIMIT_MS = 30 * 60 * 1000;
const MB = 1024 * 1024;

/**
 * A Take action by filter on 200,000 messages in 10,000 mailboxes, and the way back, with the worker in a process of its
 * own. Answers whether the sums are right, each history is under 4,000 events and the worker's memory stays flat.
 */
export async function takeAction(harness: Harness): Promise<boolean> {
  const worker = await startWorkerProcess({
    ...{ mongoUri: env('MONGODB_URI'), database: harness.database, temporalAddress: env('TEMPORAL_ADDRESS') },
    ...{ namespace: harness.namespace, heartbeatMs: 10_000, gate: null, passes: 0 },
    // None is built for it: the worker bundles the sources itself.
    bundlePath: '',
  });
  try {
    const call = await caller(appOf(harness), harness.store, 'bench', ['reader', 'approver']);
    const small = await round(harness, call, { pid: worker.pid, messages: WARM_UP, name: 'small' });
    const large = await round(harness, call, { pid: worker.pid, messages: MESSAGES, name: 'large' });
    const growth = large.peakMb - small.peakMb;
    console.log(`worker: ${growth.toFixed(0)} MB more at its peak than with ${WARM_UP} (must be under ${GROWTH_MB})`);
    return small.right && large.right && growth < GROWTH_MB;
  } finally {
    await worker.end();
  }
}

interface Round {
  readonly right: boolean;
  readonly peakMb: number;
}

async function round(
  harness: Harness,
  call: Caller,
  { pid, messages, name }: { readonly pid: number; readonly messages: number; readonly name: string },
): Promise<Round> {
  await deliver(harness, name, messages);
  const memory = watchMemory(pid);
  const filter = { url: parts(name).link };
  const began = performance.now();
  const dry = await call('post', '/remediations').send({ name, action: 'softDelete', filter, dryRun: true });
  const { selectionHash } = dry.body as { selectionHash: string };
  console.log(`${messages} messages: dry run ${shown(performance.now() - began)}`);
  const asked = performance.now();
  const reply = await call('post', '/remediations').send({ name, action: 'softDelete', filter, selectionHash });
  if (reply.status !== 202) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
  const answered = performance.now();
  const { id } = reply.body as ActionView;
  const view = async (): Promise<ActionView> => (await call('get', `/actions/${id}`)).body as ActionView;
  await until(async () => (await view()).status !== 'Freezing', LIMIT_MS);
  console.log(
    `  answered in ${shown(answered - asked)}, frozen ${shown(performance.now() - asked)} after it was asked for`,
  );
  await until(async () => (await view()).endedAt !== null, LIMIT_MS);
  const { outcomes, status } = await view();
  console.log(`  ${status} after ${shown(performance.now() - asked)}: ${JSON.stringify(outcomes)}`);
  const back = performance.now();
  const started = await call('post', `/actions/${id}/revert`).send({ destination: 'original' });
  const { id: revertId } = started.body as { id: string };
  await until(async () => (await harness.store.reverts.byId(revertId))?.open === false, LIMIT_MS);
  const restored = (await harness.store.reverts.byId(revertId))?.outcomes?.restored ?? 0;
  console.log(`  restored ${restored} in ${shown(performance.now() - back)}`);
  const histories = [actionWorkflowId(id), runWorkflowId(id), revertWorkflowId(revertId), runWorkflowId(revertId)];
  const events = await Promise.all(histories.map((workflowId) => lengthOf(harness, workflowId)));
  console.log(`  history events: ${events.join(', ')} (each must be under ${EVENTS_UNDER})`);
  const { first, peak } = memory.end();
  console.log(`  worker: ${(first / MB).toFixed(0)} MB before, ${(peak / MB).toFixed(0)} MB at its peak`);
  const inPlace = await harness.store.messages.collection.countDocuments({ folder: 'inbox', restoredBy: revertId });
  const sums = outcomes.removed === messages && restored === messages && inPlace === messages;
  return { right: sums && events.every((length) => length < EVENTS_UNDER), peakMb: peak / MB };
}

async function lengthOf({ client }: Harness, workflowId: string): Promise<number> {
  return (await client.workflow.getHandle(workflowId).describe()).historyLength;
}

async function deliver({ admin }: Harness, name: string, messages: number): Promise<void> {
  const raw = mail({ ...parts(name), id: name });
  const receivedAt = new Date(Date.now() - 60_000);
  for (let from = 0; from < messages; from += SLICE) {
    await admin.deliverMany(
      Array.from({ length: Math.min(SLICE, messages - from) }, (_, at) => ({
        mailbox: `user${Math.floor((from + at) / PER_MAILBOX)}@corp.example`,
        ...{ folder: 'inbox', flags: [], receivedAt, raw },
      })),
      { skipExisting: false },
    );
  }
}

/** The resident memory of a process, looked at several times a second. */
function watchMemory(pid: number): { end(): { readonly first: number; readonly peak: number } } {
  const first = residentOf(pid);
  let peak = first;
  const timer = setInterval(() => (peak = Math.max(peak, residentOf(pid))), 200);
  return {
    end() {
      clearInterval(timer);
      return { first, peak };
    },
  };
}

function residentOf(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
