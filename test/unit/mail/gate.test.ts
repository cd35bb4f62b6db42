import { createGate } from '../../../mail/imap/gate';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('as many as there are connections are let in as they come, the next ones several at a time', async () => {
  const gate = createGate(2);
  const within: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) void gate.enter().then(() => within.push(name));
  await settled();
  expect(within).toEqual(['a', 'b']);
  gate.leave();
  await settled();
  expect(within).toEqual(['a', 'b', 'c', 'd', 'e']);
  for (let left = 0; left < 2; left++) gate.leave();
  await settled();
  expect(within).toHaveLength(5);
  gate.leave();
  await settled();
  expect(within).toHaveLength(6);
});
