import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { IN_PLACE_LIMIT } from '../../domain/chunk';
import { type RunInput } from '../../domain/contracts';
import { investigationWorkflowId, revertWorkflowId, runWorkflowId, TASK_QUEUE } from '../../domain/ids';
import { MailboxError, type MailboxProvider } from '../../mail/provider';
import {
  BOTH_ON,
  deliverCampaign,
  deliverCopies,
  ended,
  finished,
  investigationOf,
  raise,
  setSettings,
  startRevert,
} from '../support/cases';
import { createHarness, type Harness, until } from '../support/harness';
import { startTestServers } from '../support/servers';

/** Runs each path of the workflows once on real servers and keeps its history: `npm run replay:record`. */
async function main(): Promise<void> {
  const servers = await startTestServers('record');
  const harness = await createHarness();
  try {
    await harness.startWorker();
    await setSettings(harness, BOTH_ON);
    await record(harness);
    await recordPartial();
  } finally {
    await harness.close();
    await servers.stop();
  }
}

async function record(harness: Harness): Promise<void> {
  const { file, url } = await deliverCampaign(harness, [
    ['a@corp.example', 'inbox'],
    ['b@corp.example', 'junkemail'],
  ]);
  const automatic = await raise(harness, [file]);
  const { actions } = await ended(harness, automatic.id);
  await save(harness, 'automatic', investigationWorkflowId(automatic.id));

  const revertId = await startRevert(harness, actions[0]?._id ?? '');
  await finished(harness, revertId);
  await save(harness, 'revert', revertWorkflowId(revertId));

  const person = await raise(harness, [url], { startedByPerson: true });
  await until(async () => (await investigationOf(harness, person.id)).status === 'Pending Action');
  await raise(harness, [url], { startedByPerson: true });
  await until(async () => (await harness.store.alerts.of(person.id)).every(({ state }) => state === 'prepared'));
  await until(async () => (await investigationOf(harness, person.id)).status === 'Pending Action');
  await save(harness, 'pending-joined', investigationWorkflowId(person.id));

  const other = await deliverCampaign(harness, [['c@corp.example', 'inbox']]);
  const two = await raise(harness, [other.file, other.url]);
  await ended(harness, two.id);
  await save(harness, 'two-entities', investigationWorkflowId(two.id));

  const many = await deliverCampaign(
    harness,
    Array.from({ length: 1200 }, (_, at) => [`user${at % 40}@corp.example`, 'inbox'] as const),
  );
  const chunks = await raise(harness, [many.file]);
  await ended(harness, chunks.id);
  await save(harness, 'many-chunks', investigationWorkflowId(chunks.id));

  const large = await deliverCopies(harness, 'large', IN_PLACE_LIMIT + 1);
  const waiting = await raise(harness, [large.file]);
  await until(async () => (await investigationOf(harness, waiting.id)).status === 'Pending Action');
  const [action] = await harness.store.actions.of(waiting.id);
  if (action === undefined) throw new Error('There is no action to run');
  await harness.store.actions.advance(action._id, 'Approved', { decidedBy: 'test', decidedAt: new Date() });
  await harness.store.actions.advance(action._id, 'Running');
  const workflowId = runWorkflowId(action._id);
  const args: [RunInput] = [{ job: action.job, heartbeatMs: 10_000 }];
  await harness.client.workflow.execute('runAction', { workflowId, taskQueue: TASK_QUEUE, args });
  await save(harness, 'large-child', workflowId);
}

/** Mailboxes that fail: the first call is refused and tried again, and one message never moves. */
async function recordPartial(): Promise<void> {
  let refusals = 1;
  const failing = (provider: MailboxProvider): MailboxProvider => ({
    ...provider,
    async softDelete(refs, stamp) {
      if (refusals-- > 0) throw new MailboxError('unreachable', 'refused for the recording', { retryable: true });
      return provider.softDelete(refs.slice(1), stamp);
    },
  });
  const harness = await createHarness({ wrapProvider: failing });
  try {
    await harness.startWorker();
    await setSettings(harness, BOTH_ON);
    const { file } = await deliverCampaign(harness, [
      ['a@corp.example', 'inbox'],
      ['b@corp.example', 'inbox'],
    ]);
    const { id } = await raise(harness, [file]);
    await ended(harness, id);
    await save(harness, 'partial-retried', investigationWorkflowId(id));
  } finally {
    await harness.close();
  }
}

async function save({ client }: Harness, name: string, workflowId: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  const json: unknown = JSON.parse(historyToJSON(history));
  writeFileSync(join(__dirname, 'histories', `${name}.json`), `${JSON.stringify(json, null, 1)}\n`);
  console.log(`${name}: ${history.events?.length ?? 0} events`);
}

void main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
