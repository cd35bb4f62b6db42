import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { contentIn, payloads } from '../support/histories';

const FOLDER = join(__dirname, 'histories');
const NAMES = readdirSync(FOLDER).map((name) => name.replace(/\.json$/, ''));
const EVENTS_AT_MOST = 300;

interface History {
  readonly events: { activityTaskScheduledEventAttributes?: { activityType?: { name?: string } } }[];
}

function text(name: string): string {
  return readFileSync(join(FOLDER, `${name}.json`), 'utf8');
}

function history(name: string): History {
  return JSON.parse(text(name)) as History;
}

function replay(name: string, recorded: History): Promise<unknown> {
  const codePath = process.env['CLAWBACK_TEST_BUNDLE'] ?? '';
  return Worker.runReplayHistory({ workflowBundle: { codePath } }, recorded, name);
}

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
});

test.each(NAMES)('the workflows of today replay the recorded history %s', async (name) => {
  await expect(replay(name, history(name))).resolves.toBeUndefined();
});

test('a history that another flow has written is refused', async () => {
  const changed = history('automatic');
  for (const { activityTaskScheduledEventAttributes: scheduled } of changed.events) {
    if (scheduled?.activityType?.name === 'prepare') scheduled.activityType.name = 'somethingElse';
  }
  await expect(replay('changed', changed)).rejects.toThrow();
});

test.each(NAMES)('the history %s holds ids, counts and cursors only, and is short', (name) => {
  expect(contentIn(payloads(history(name)))).toEqual([]);
  expect(history(name).events.length).toBeLessThan(EVENTS_AT_MOST);
});

test('the same search finds an address that was planted', () => {
  const planted = {
    payloads: [{ metadata: { encoding: 'anNvbg==' }, data: Buffer.from('{"to":"a@corp.example"}').toString('base64') }],
  };
  expect(contentIn(payloads({ ...history('automatic'), planted }))).toEqual(['@corp.example']);
});
