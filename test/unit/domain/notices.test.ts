import { announce } from '../../../domain/announce';
import { type ActionStatus } from '../../../domain/action';
import { type ActionFacts, noticeOfAction, noticeOfRevert, type RevertFacts } from '../../../domain/notices';
import { nextTurn } from '../../support/next-turn';

const NOW = new Date('2026-01-05T12:00:00Z');
const ENDED = new Date('2026-01-05T11:00:00Z');
const EXPIRES = new Date('2026-01-12T11:00:00Z');

/** An action as the store holds it, with all that no notice may tell. */
const action = {
  _id: 'a1',
  investigationId: 'i1',
  clusterId: 'c1',
  key: 'url:http://evil.example/pay',
  status: 'Pending' as ActionStatus,
  decidedBy: 'alice',
  comment: 'ask bob@corp.example',
  messageCount: 3,
  mailboxCount: 2,
  reasons: [{ code: 'clusterTypeOff' as const }],
  outcomes: null as Record<string, number> | null,
  undoDeadline: null as Date | null,
  createdAt: new Date('2026-01-01T00:00:00Z'),
  expiresAt: EXPIRES as Date | null,
  endedAt: null as Date | null,
} satisfies ActionFacts & Record<string, unknown>;

describe('the notice that the state of an action calls for', () => {
  test.each<[ActionStatus, string | null]>([
    ['Freezing', null],
    ['Pending', 'action.pending'],
    ['Approved', null],
    ['Running', null],
    ['Rejected', null],
    ['Cancelled', null],
    ['Expired', 'action.expired'],
    ['Completed', 'action.completed'],
    ['Partially Completed', 'action.partial'],
    ['Stopped', 'action.partial'],
    ['Failed', 'action.partial'],
  ])('%s: %s', (status, event) => {
    expect(noticeOfAction({ ...action, status, endedAt: ENDED }, NOW)?.event ?? null).toBe(event);
  });

  test('a pending action is told of with its reasons and its time, and again only when it waits a second time', () => {
    const notice = noticeOfAction(action, NOW);
    expect(notice).toEqual({
      event: 'action.pending',
      key: `a1.${EXPIRES.getTime()}`,
      at: NOW,
      data: {
        actionId: 'a1',
        investigationId: 'i1',
        status: 'Pending',
        messageCount: 3,
        mailboxCount: 2,
        reasons: ['clusterTypeOff'],
        expiresAt: '2026-01-12T11:00:00.000Z',
      },
    });
    expect(noticeOfAction(action, ENDED)?.key).toBe(notice?.key);
    expect(noticeOfAction({ ...action, expiresAt: NOW }, NOW)?.key).not.toBe(notice?.key);
  });

  test('an action that ended, and ended again after a retry, is told of twice, with its outcomes', () => {
    const ended = { ...action, status: 'Completed' as const, outcomes: { removed: 3 }, endedAt: ENDED };
    const notice = noticeOfAction({ ...ended, undoDeadline: EXPIRES }, NOW);
    expect(notice).toMatchObject({
      at: ENDED,
      data: { outcomes: { removed: 3 }, undoDeadline: '2026-01-12T11:00:00.000Z' },
    });
    expect(noticeOfAction({ ...ended, endedAt: NOW }, NOW)?.key).not.toBe(notice?.key);
  });

  test('no notice holds a name, a comment, an address or a URL of the action', () => {
    for (const status of ['Pending', 'Expired', 'Completed'] as const) {
      const told = JSON.stringify(noticeOfAction({ ...action, status, endedAt: ENDED }, NOW));
      expect(
        ['alice', 'bob', '@', 'http', 'evil', 'decidedBy', 'comment'].filter((word) => told.includes(word)),
      ).toEqual([]);
    }
  });
});

test.each([
  ['Running', 'revert.started'],
  ['Completed', 'revert.completed'],
  ['Partially Completed', 'revert.partial'],
  ['Failed', 'revert.partial'],
] as const)('a revert that is %s: %s', (status, event) => {
  const revert: RevertFacts = { _id: 'r1', actionId: 'a1', status, outcomes: null, startedAt: ENDED, endedAt: null };
  expect(noticeOfRevert(revert)).toEqual({
    event,
    key: 'r1',
    at: ENDED,
    data: { revertId: 'r1', actionId: 'a1', status },
  });
});

describe('announcing beside the main job', () => {
  const news = { event: 'settings.changed', key: '2', data: { settingsVersion: 2 } } as const;
  const clock = (): Date => NOW;

  test('an outbox that is away is a warning to its caller, no error', async () => {
    const warnings: unknown[] = [];
    const store = { notices: { announce: () => Promise.reject(new Error('MongoDB is away')) } };
    const gateway = { startDelivery: () => Promise.resolve({ runId: '' }) };
    await announce({ store, gateway, clock }, news, (error) => warnings.push(error));
    expect(warnings).toEqual([new Error('MongoDB is away')]);
  });

  test('Temporal is not waited for, and one that refuses is a warning', async () => {
    const warnings: unknown[] = [];
    let refuse: (error: Error) => void = () => undefined;
    const started: string[] = [];
    const gateway = {
      startDelivery: (id: string) => {
        started.push(id);
        return new Promise<{ runId: string }>((_resolve, reject) => (refuse = reject));
      },
    };
    const store = { notices: { announce: () => Promise.resolve(['d1', 'd2']) } };
    await announce({ store, gateway, clock }, news, (error) => warnings.push(error));
    expect([started, warnings]).toEqual([['d1', 'd2'], []]);
    refuse(new Error('Temporal is away'));
    await nextTurn();
    expect(warnings).toEqual([new Error('Temporal is away')]);
  });
});
