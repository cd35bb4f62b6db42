import { createCoalescer } from '../../../api/events/coalesce';
import { createHistory } from '../../../api/events/history';
import { type Change } from '../../../store/changes';

function changeOf(id: string, position: string): Change {
  return { kind: 'investigation', doc: { _id: id, status: 'Running', position } };
}

describe('what changes faster than it is told', () => {
  const told: string[] = [];
  let restMs = 0;
  const coalescer = createCoalescer({
    everyMs: 500,
    describe: () => Promise.resolve({ data: '', restMs }),
    tell: ({ doc }) => told.push(doc.position),
  });

  beforeEach(() => {
    jest.useFakeTimers();
    told.length = 0;
    restMs = 0;
  });

  afterEach(() => {
    coalescer.clear();
    jest.useRealTimers();
  });

  test('is told at once, then twice a second at most, the last change included', async () => {
    for (let n = 1; n <= 20; n++) {
      coalescer.take(changeOf('a', String(n).padStart(2, '0')), String(n - 1).padStart(2, '0'));
      await jest.advanceTimersByTimeAsync(100);
    }
    await jest.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual(['01', '05', '10', '15', '20']);
  });

  test('leaves alone for longer what costs more, and other things are told meanwhile', async () => {
    restMs = 2_000;
    coalescer.take(changeOf('a', '1'), '0');
    await jest.advanceTimersByTimeAsync(0);
    coalescer.take(changeOf('a', '2'), '1');
    await jest.advanceTimersByTimeAsync(1_900);
    coalescer.take(changeOf('b', '3'), '2');
    await jest.advanceTimersByTimeAsync(50);
    expect(told).toEqual(['1', '3']);
    await jest.advanceTimersByTimeAsync(50);
    expect(told).toEqual(['1', '3', '2']);
  });

  test('holds the place to resume from before what is not told yet', async () => {
    coalescer.take(changeOf('a', '1'), '0');
    expect(coalescer.untoldAfter()).toBe('0');
    await jest.advanceTimersByTimeAsync(0);
    expect(coalescer.untoldAfter()).toBeNull();
    coalescer.take(changeOf('a', '2'), '1');
    coalescer.take(changeOf('b', '3'), '2');
    coalescer.take(changeOf('a', '4'), '3');
    await jest.advanceTimersByTimeAsync(100);
    expect(told).toEqual(['1', '3']);
    expect(coalescer.untoldAfter()).toBe('1');
    await jest.advanceTimersByTimeAsync(500);
    expect([told.at(-1), coalescer.untoldAfter()]).toEqual(['4', null]);
  });
});

test('a history gives what came after a position, and says where it does not reach back so far', () => {
  const history = createHistory(2);
  history.begin('0');
  for (const position of ['1', '3', '2', '4']) history.add({ kind: 'action', position, data: '' });
  expect(history.since('3')?.map(({ position }) => position)).toEqual(['4']);
  expect(history.since('2')).toBeNull();
});
