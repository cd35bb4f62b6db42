import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { type Express } from 'express';
import request, { type Response } from 'supertest';
import { ROLES } from '../../api/auth';
import { appOf } from '../support/app';
import { BOTH_ON, deliverCampaign, ended, finished, raise, setSettings, startRevert } from '../support/cases';
import { createHarness, type Harness, until } from '../support/harness';
import { mail } from '../support/mail';
import { type Caller, caller } from '../support/rest';

interface Operation {
  readonly requestBody?: { readonly required?: boolean };
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly headers?: Readonly<Record<string, unknown>>;
        readonly content?: Readonly<Record<string, { readonly schema: object }>>;
      }
    >
  >;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

let harness: Harness;
let app: Express;
let admin: Caller;
let document: Document;

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
  app = appOf(harness);
  admin = await caller(app, harness.store, 'admin', ROLES);
  document = (await request(app).get('/api/openapi.json')).body as Document;
  await setSettings(harness, BOTH_ON);
});

afterAll(async () => {
  await harness.close();
});

function operation(method: string, template: string): Operation {
  const found = document.paths[`/api/v1${template}`]?.[method];
  if (found === undefined) throw new Error(`There is no ${method} ${template} in the document`);
  return found;
}

/** Checks an answer against what the document says of it: no field more, none less. */
function expectDocumented(method: string, template: string, answer: Response): void {
  const schema = operation(method, template).responses[answer.status]?.content?.['application/json']?.schema;
  const validate = validator(schema ?? false);
  validate(answer.body);
  expect([method, template, answer.status, validate.errors]).toEqual([method, template, answer.status, null]);
}

function validator(schema: object | boolean): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  return ajv.compile(schema);
}

test('every answer of the main job is as the document says', async () => {
  const { file, url, ids } = await deliverCampaign(harness, [
    ['a@corp.example', 'inbox'],
    ['b@corp.example', 'junkemail'],
  ]);
  const { id } = await raise(harness, [file]);
  const [action] = (await ended(harness, id)).actions;
  const actionId = action?._id ?? '';
  const revert = await finished(harness, await startRevert(harness, actionId));
  const waits = await raise(harness, [url], { startedByPerson: true });
  await until(async () => (await harness.store.actions.of(waits.id)).some(({ status }) => status === 'Pending'));
  const pendingId = (await harness.store.actions.of(waits.id))[0]?._id ?? '';
  const paths: readonly (readonly [template: string, path?: string])[] = [
    ['/settings/automation'],
    ['/automation/state'],
    ['/mailboxes'],
    ['/mailboxes/{address}', '/mailboxes/a@corp.example'],
    ['/mailboxes/{address}/messages', '/mailboxes/a@corp.example/messages'],
    ['/messages/{id}', `/messages/${ids[0]}`],
    ['/investigations'],
    ['/investigations/{id}', `/investigations/${waits.id}`],
    ['/investigations/{id}/clusters', `/investigations/${id}/clusters`],
    ['/investigations/{id}/actions', `/investigations/${id}/actions`],
    ['/investigations/{id}/log', `/investigations/${id}/log`],
    ['/investigations/{id}/mailboxes', `/investigations/${id}/mailboxes`],
    ['/actions'],
    ['/actions/{id}', `/actions/${actionId}`],
    ['/actions/{id}/ledger', `/actions/${actionId}/ledger`],
    ['/reverts/{id}', `/reverts/${revert._id}`],
    ['/reverts/{id}/ledger', `/reverts/${revert._id}/ledger`],
    ['/tokens'],
    ['/session'],
    ['/overview'],
    ['/actions/{id}/summary', `/actions/${actionId}/summary`],
    ['/messages/{id}/preview', `/messages/${ids[0]}/preview`],
    ['/webhooks'],
    ['/audit'],
    ['/audit/verify'],
  ];
  for (const [template, path = template] of paths) expectDocumented('get', template, await admin('get', path));

  const approved = await admin('post', `/actions/${pendingId}/approve`).send({ comment: 'documented' });
  expectDocumented('post', '/actions/{id}/approve', approved);
  await ended(harness, waits.id);
  for (const [template, path, body] of [
    ['/actions/{id}/revert', `/actions/${pendingId}/revert`, { destination: 'inbox' }],
    ['/actions/decide', '/actions/decide', { ids: [pendingId, '0'.repeat(24)], decision: 'approve' }],
    ['/settings/automation/preview', '/settings/automation/preview', { minUndoDays: 20 }],
    ['/investigations', '/investigations', { entities: [{ type: 'url', url: 'http://new.example/x' }] }],
    ['/tokens', '/tokens', { name: 'documented', roles: ['reader'] }],
  ] as const) {
    expectDocumented('post', template, await admin('post', path).send(body));
  }
  const order = { name: 'Documented', action: 'moveToJunk', messageIds: ids };
  for (const body of [{ ...order, dryRun: true }, order]) {
    expectDocumented('post', '/remediations', await admin('post', '/remediations').send(body));
  }
  const delivered = await admin('post', '/mailboxes/c@corp.example/messages')
    .set('content-type', 'message/rfc822')
    .send(mail());
  expectDocumented('post', '/mailboxes/{address}/messages', delivered);
});

test('lists offer JSON and CSV, the raw mail neither', () => {
  for (const template of ['/actions', '/actions/{id}/ledger', '/reverts/{id}/ledger', '/audit']) {
    expect(Object.keys(operation('get', template).responses['200']?.content ?? {}).sort()).toEqual([
      'application/json',
      'text/csv',
    ]);
  }
  expect(Object.keys(operation('get', '/messages/{id}/raw').responses['200']?.content ?? {})).toEqual([
    'message/rfc822',
  ]);
});

test('If-Match is needed for the settings, and may be given with a decision', () => {
  const ifMatch = (method: string, template: string) =>
    operation(method, template).parameters?.find(({ name }) => name === 'If-Match')?.required;
  expect(ifMatch('put', '/settings/automation')).toBe(true);
  expect(ifMatch('post', '/actions/{id}/approve')).toBe(false);
  expect(operation('post', '/actions/{id}/approve').requestBody?.required).not.toBe(true);
  expect(operation('post', '/investigations').requestBody?.required).toBe(true);
});
