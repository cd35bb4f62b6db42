import { createGate } from '../../../mail/imap/gate';
import { nextTurn } from '../../support/next-turn';

test('as many as there are connections are let in as they come, the next ones several at a time', async () => {
  const gate = createGate(2);
  const within: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) void gate.enter().then(() => within.push(name));
  await nextTurn();
  expect(within).toEqual(['a', 'b']);
  gate.leave();
  await nextTurn();
  expect(within).toEqual(['a', 'b', 'c', 'd', 'e']);
  for (let left = 0; left < 2; left++) gate.leave();
  await nextTurn();
  expect(within).toHaveLength(5);
  gate.leave();
  await nextTurn();
  expect(within).toHaveLength(6);
});
