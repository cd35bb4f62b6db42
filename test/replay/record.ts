import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { IN_PLACE_LIMIT } from '../../domain/chunk';
import { type DecisionKind } from '../../domain/contracts';
import { type ActionView } from '../../api/views';
import { type ActionType } from '../../domain/remediation';
import {
  actionWorkflowId,
  deliveryWorkflowId,
  investigationWorkflowId,
  retryWorkflowId,
  revertWorkflowId,
  runWorkflowId,
  TASK_QUEUE,
} from '../../domain/ids';
import { MailboxError, type MailboxProvider } from '../../mail/provider';
import { newId } from '../../store/collection';
import { terminate } from '../../store/terminate';
import { workAgain } from '../../store/work-again';
import { approveSignal } from '../../workflows/messages';
import {
  BOTH_ON,
  type Campaign,
  deliverCampaign,
  deliverCopies,
  deliverMore,
  ended,
  finished,
  investigationOf,
  raise,
  setSettings,
  startRevert,
  workflowEnded,
} from '../support/cases';
import { appOf } from '../support/app';
import { createHarness, type Harness, until } from '../support/harness';
import { startTestDovecot } from '../support/dovecot';
import { appendCopies, imapConfig } from '../support/imap-mailboxes';
import { startReceiver } from '../support/receiver';
import { type Caller, caller } from '../support/rest';
import { startTestServers } from '../support/servers';

/** The recordings, by name: `npm run replay:record` makes them all anew, with names those only. */
const RECORDINGS = {
  removals: recordRemovals,
  partial: recordPartial,
  waiting: recordWaiting,
  paused: recordPaused,
  webhooks: recordWebhooks,
  takeActions: recordTakeActions,
  index: recordIndex,
  watch: recordWatch,
} as const;

/** Runs each path of the workflows once on real servers and keeps its history. */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const servers = await startTestServers('record');
  try {
    for (const [name, make] of Object.entries(RECORDINGS)) {
      if (wanted.length === 0 || wanted.includes(name)) await make();
    }
  } finally {
    await servers.stop();
  }
}

async function recordRemovals(): Promise<void> {
  const harness = await createHarness();
  try {
    await harness.startWorker();
    await setSettings(harness, BOTH_ON);
    await record(harness);
  } finally {
    await harness.close();
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

  await recordLarge(harness);
  await recordDecisions(harness);
}

/** More messages than automation may take: a person approves, and a child works. */
async function recordLarge(harness: Harness): Promise<void> {
  const large = await deliverCopies(harness, 'large', IN_PLACE_LIMIT + 1);
  const { id, actionId } = await waiting(harness, large, false);
  await decide(harness, id, actionId, 'approve');
  await ended(harness, id);
  await save(harness, 'large', investigationWorkflowId(id));
  await save(harness, 'large-child', runWorkflowId(actionId));
}

/** What a person says: yes with mail that came since, no, by signal, stop at Temporal's side. */
async function recordDecisions(harness: Harness): Promise<void> {
  const approved = await deliverCampaign(harness, PLACES);
  const first = await waiting(harness, approved);
  await deliverMore(harness, approved, [['late@corp.example', 'inbox']]);
  await decide(harness, first.id, first.actionId, 'approve');
  await until(async () => (await pendingOf(harness, first.id)) !== undefined);
  await decide(harness, first.id, (await pendingOf(harness, first.id)) ?? '', 'reject');
  await ended(harness, first.id);
  await save(harness, 'approved-then-rejected', investigationWorkflowId(first.id));

  const signalled = await waiting(harness, await deliverCampaign(harness, PLACES));
  const { actionId } = signalled;
  await harness.client.workflow.getHandle(investigationWorkflowId(signalled.id)).signal(approveSignal, { actionId });
  await ended(harness, signalled.id);
  await save(harness, 'approved-by-signal', investigationWorkflowId(signalled.id));

  const terminated = await waiting(harness, await deliverCampaign(harness, PLACES));
  const termination = { by: 'test', comment: null, at: new Date() };
  await terminate(harness.store, terminated.id, termination);
  await harness.gateway.terminate(terminated.id);
  await ended(harness, terminated.id);
  await save(harness, 'terminated', investigationWorkflowId(terminated.id));
}

/** What nobody decides: counted again, then expired; and counted again with nothing left. */
async function recordWaiting(): Promise<void> {
  const harness = await createHarness({ recountMs: [1_000], deps: { pendingExpiryMs: 4_000 } });
  try {
    await harness.startWorker();
    await setSettings(harness, BOTH_ON);
    const expired = await waiting(harness, await deliverCampaign(harness, PLACES));
    const campaign = await deliverCampaign(harness, PLACES);
    const cancelled = await waiting(harness, campaign);
    for (const id of [...campaign.ids, ...campaign.ids]) await harness.admin.userDelete(id);
    await ended(harness, cancelled.id);
    await save(harness, 'recounted-cancelled', investigationWorkflowId(cancelled.id));
    await ended(harness, expired.id);
    await save(harness, 'recounted-expired', investigationWorkflowId(expired.id));
  } finally {
    await harness.close();
  }
}

/** Automation is paused in the middle; a person lets the rest go. */
async function recordPaused(): Promise<void> {
  const pause: { now: () => Promise<void> } = { now: async () => undefined };
  const harness = await createHarness({
    wrapProvider: (provider) => ({
      ...provider,
      async softDelete(refs, stamp) {
        const reports = await provider.softDelete(refs, stamp);
        await pause.now();
        return reports;
      },
    }),
  });
  try {
    await harness.startWorker();
    await setSettings(harness, BOTH_ON);
    const { control } = harness.store;
    pause.now = async () => {
      await control.set({ paused: true, comment: null, by: 'test', since: new Date() });
    };
    const campaign = await deliverCopies(harness, 'paused', 3_000);
    const { id } = await raise(harness, [campaign.file]);
    await until(async () => (await pendingOf(harness, id)) !== undefined);
    await decide(harness, id, (await pendingOf(harness, id)) ?? '', 'approve');
    await ended(harness, id);
    await save(harness, 'paused-approved', investigationWorkflowId(id));
  } finally {
    await harness.close();
  }
}

const PLACES = [
  ['a@corp.example', 'inbox'],
  ['b@corp.example', 'junkemail'],
] as const;

/** An investigation with an action that waits. */
async function waiting(
  harness: Harness,
  { file }: Pick<Campaign, 'file'>,
  startedByPerson = true,
): Promise<{ readonly id: string; readonly actionId: string }> {
  const { id } = await raise(harness, [file], { startedByPerson });
  await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
  return { id, actionId: (await pendingOf(harness, id)) ?? '' };
}

async function pendingOf({ store }: Harness, id: string): Promise<string | undefined> {
  return (await store.actions.of(id)).find(({ status }) => status === 'Pending')?._id;
}

async function decide({ store, gateway }: Harness, investigationId: string, actionId: string, decision: DecisionKind) {
  const _id = newId();
  const about = { actionId, investigationId, decision, comment: null, via: 'update', state: 'asked' } as const;
  await store.decisions.collection.insertOne({ _id, ...about, by: 'test', at: new Date() });
  await gateway.decide({ investigationId, actionId, decision, decisionId: _id });
}

/** Mailboxes that fail: the first call is refused and tried again, one move is not seen; then a person has it retried. */
async function recordPartial(): Promise<void> {
  let refusals = 1;
  const failing = (provider: MailboxProvider): MailboxProvider => ({
    ...provider,
    async softDelete(refs, stamp) {
      if (refusals-- > 0) throw new MailboxError('unreachable', 'refused for the recording', { retryable: true });
      if (refusals < -1) return provider.softDelete(refs, stamp);
      const reports = await provider.softDelete(refs.slice(1), stamp);
      return [...reports, ...refs.slice(0, 1).map(({ messageId }) => ({ messageId, moved: true }))];
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
    const [action] = await harness.store.actions.of(id);
    if (action === undefined) throw new Error('There is no action to work again');
    const workflowId = retryWorkflowId(action._id, 1);
    await workAgain(harness.store, action, () => Promise.resolve());
    await harness.gateway.startAction(action._id, workflowId);
    await workflowEnded(harness, workflowId);
    await save(harness, 'worked-again', workflowId);
  } finally {
    await harness.close();
  }
}

/** What a person does to messages that they chose: at once, with a second person, for other actions, again, too late. */
async function recordTakeActions(): Promise<void> {
  let unseen = 0;
  const harness = await createHarness({
    deps: { pendingExpiryMs: 4_000 },
    wrapProvider: (provider) => ({
      ...provider,
      async move(refs, folder, stamp) {
        if (unseen-- <= 0) return provider.move(refs, folder, stamp);
        return refs.map(({ messageId }) => ({ messageId, moved: true }));
      },
    }),
  });
  try {
    await harness.startWorker();
    await setSettings(harness, BOTH_ON);
    const app = appOf(harness);
    const analyst = await caller(app, harness.store, 'analyst', ['reader', 'approver']);
    const other = await caller(app, harness.store, 'other', ['reader', 'approver']);
    const order = (action: ActionType, { ids }: Pick<Campaign, 'ids'>): Promise<string> =>
      orderOf(analyst, { action, messageIds: ids });

    const direct = await order('moveToDeletedItems', await deliverCampaign(harness, PLACES));
    await workflowEnded(harness, actionWorkflowId(direct));
    await save(harness, 'take-action', actionWorkflowId(direct));

    const removed = await deliverCampaign(harness, PLACES);
    await ended(harness, (await raise(harness, [removed.file])).id);
    const owned = await order('moveToInbox', removed);
    await workflowEnded(harness, actionWorkflowId(owned));
    await save(harness, 'take-action-for-owners', actionWorkflowId(owned));

    unseen = 1;
    const again = await order('moveToJunk', { ids: (await deliverCampaign(harness, PLACES)).ids.slice(0, 1) });
    await workflowEnded(harness, actionWorkflowId(again));
    await analyst('post', `/actions/${again}/retry`).send({});
    await workflowEnded(harness, retryWorkflowId(again, 1));
    await save(harness, 'take-action-again', retryWorkflowId(again, 1));

    const large = await deliverCopies(harness, 'taken', IN_PLACE_LIMIT + 1);
    const filter = { url: large.url.type === 'url' ? large.url.url : '' };
    const largeId = await orderOf(analyst, {
      action: 'softDelete',
      filter,
      selectionHash: await hashOf(analyst, filter),
    });
    await workflowEnded(harness, actionWorkflowId(largeId));
    await save(harness, 'take-action-large', actionWorkflowId(largeId));

    await setSettings(harness, { secondPerson: 'always' });
    for (const decision of ['approve', 'reject'] as const) {
      const id = await order('softDelete', await deliverCampaign(harness, PLACES));
      await until(async () => (await harness.store.actions.byId(id))?.status === 'Pending');
      await other('post', `/actions/${id}/${decision}`).send({});
      await workflowEnded(harness, actionWorkflowId(id));
      await save(harness, `take-action-${decision === 'approve' ? 'approved' : 'rejected'}`, actionWorkflowId(id));
    }
    const late = await order('softDelete', await deliverCampaign(harness, PLACES));
    await workflowEnded(harness, actionWorkflowId(late));
    await save(harness, 'take-action-expired', actionWorkflowId(late));
  } finally {
    await harness.close();
  }
}

async function orderOf(call: Caller, body: object): Promise<string> {
  const reply = await call('post', '/remediations').send({ name: 'For the recording', ...body });
  if (reply.status !== 202) throw new Error(JSON.stringify(reply.body));
  return (reply.body as ActionView).id;
}

async function hashOf(call: Caller, filter: object): Promise<string> {
  const body = { name: 'For the recording', action: 'softDelete', filter, dryRun: true };
  return ((await call('post', '/remediations').send(body)).body as { selectionHash: string }).selectionHash;
}

/** A receiver that refuses once and then takes it, and one whose address may not be called. */
async function recordWebhooks(): Promise<void> {
  const harness = await createHarness({ deliveryRetry: { firstMs: 100, maxMs: 400, withinMs: 60_000 } });
  const receiver = await startReceiver('a-secret-for-the-recording');
  receiver.answers.push(503);
  try {
    await harness.startWorker();
    for (const [name, url] of [
      ['deliver-webhook', receiver.url],
      ['deliver-webhook-given-up', 'http://10.0.0.1/'],
    ] as const) {
      const deliveryId = await announced(harness, url);
      await harness.gateway.startDelivery(deliveryId);
      await workflowEnded(harness, deliveryWorkflowId(deliveryId));
      await save(harness, name, deliveryWorkflowId(deliveryId));
    }
  } finally {
    await receiver.close();
    await harness.close();
  }
}

/** A notice for a webhook of its own; gives the delivery, not yet started. */
async function announced({ store }: Harness, url: string): Promise<string> {
  const [_id, at] = [newId(), new Date()];
  await store.webhooks.collection.deleteMany({});
  await store.webhooks.collection.insertOne({
    _id,
    url,
    events: ['automation.paused'],
    createdBy: 'test',
    createdAt: at,
  });
  await store.webhookSecrets.collection.insertOne({ _id, secret: 'a-secret-for-the-recording' });
  const [deliveryId = ''] = await store.notices.announce({ event: 'automation.paused', key: _id, data: {}, at }, at);
  return deliveryId;
}

/** A round of the index over mailboxes at a server, more than one batch of them. */
async function recordIndex(): Promise<void> {
  const server = await startTestDovecot();
  const mailboxes = Array.from({ length: 250 }, (_, at) => `user${at}@corp.example`);
  const harness = await createHarness({ mail: [imapConfig(server.port, mailboxes)] });
  try {
    await harness.startWorker();
    await appendCopies(server.port, mailboxes.slice(0, 4), 2);
    const workflowId = 'index-recorded';
    const args = [{ provider: 'dovecot' }];
    await harness.client.workflow.execute('indexMailboxes', { workflowId, taskQueue: TASK_QUEUE, args });
    await save(harness, 'index-mailboxes', workflowId);
  } finally {
    await harness.close();
    await server.remove();
  }
}

/** A watch of two mailboxes at a server, one of which has mail meanwhile. */
async function recordWatch(): Promise<void> {
  const server = await startTestDovecot();
  const mailboxes = ['a@corp.example', 'b@corp.example'];
  const index = { days: 30, intervalSeconds: 3600, idle: mailboxes };
  const config = imapConfig(server.port, mailboxes, { index });
  const harness = await createHarness({ mail: [config], deps: { watchMs: 2_000 } });
  try {
    await harness.startWorker();
    await appendCopies(server.port, mailboxes.slice(0, 1), 2);
    const workflowId = 'watch-recorded';
    const args = [{ provider: 'dovecot', watch: true }];
    await harness.client.workflow.execute('indexMailboxes', { workflowId, taskQueue: TASK_QUEUE, args });
    await save(harness, 'index-mailboxes-watched', workflowId);
  } finally {
    await harness.close();
    await server.remove();
  }
}

async function save({ client }: Harness, name: string, workflowId: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  const json: unknown = JSON.parse(historyToJSON(history));
  // Where it was recorded is nobody's business: stack traces hold the folder, identities the machine.
  const text = JSON.stringify(json, null, 1).replaceAll(`${process.cwd()}/`, '').replaceAll(hostname(), 'recorder');
  writeFileSync(join(__dirname, 'histories', `${name}.json`), `${text}\n`);
  console.log(`${name}: ${history.events?.length ?? 0} events`);
}

void main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
