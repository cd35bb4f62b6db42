import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { tellingOfUnhealthy } from '../../../activities/unhealthy';
import { type AnnounceDeps } from '../../../activities/announce';
import { type ChunkInput } from '../../../domain/contracts';
import { type Notice } from '../../../domain/notices';
import { MailboxError, type MailboxErrorCode } from '../../../mail/provider';

const NOW = Date.UTC(2026, 0, 5, 12);
/** The failures are what the test makes: they are no news. */
const logger = new DefaultLogger('ERROR');
const CHUNK: ChunkInput = { kind: 'action', jobId: 'a1', chunk: 3 };

/** Runs a chunk that fails so, `seconds` after it was scheduled; gives what webhooks are told. */
async function toldOf(code: MailboxErrorCode, seconds: number, chunk = CHUNK): Promise<Notice[]> {
  const told: Notice[] = [];
  const deps = {
    store: { notices: { announce: (notice: Notice) => Promise.resolve(told.push(notice)).then(() => []) } },
    gateway: { startDelivery: () => Promise.resolve({ runId: '' }) },
    clock: () => new Date(NOW),
  } as unknown as AnnounceDeps;
  const error = new MailboxError(code, 'for the test', { retryable: true });
  const environment = new MockActivityEnvironment({ scheduledTimestampMs: NOW - seconds * 1000 }, { logger });
  const failing = tellingOfUnhealthy(deps, () => Promise.reject(error));
  await expect(environment.run(failing, chunk)).rejects.toBe(error);
  return told;
}

test('mailboxes that have been unreachable to a job for five minutes are told of, once a job', async () => {
  const told = { event: 'mailbox.unhealthy', key: 'a1', at: new Date(NOW) };
  expect(await toldOf('unreachable', 300)).toEqual([{ ...told, data: { actionId: 'a1', code: 'unreachable' } }]);
  expect(await toldOf('unreachable', 900, { kind: 'revert', jobId: 'a1', chunk: 0 })).toEqual([
    { ...told, data: { revertId: 'a1', code: 'unreachable' } },
  ]);
});

test('a short outage, and any other error, are not', async () => {
  expect(await toldOf('unreachable', 299)).toEqual([]);
  expect(await toldOf('onHold', 900)).toEqual([]);
});
