import { groupBy } from '../domain/group';

/** Asks about the messages of each group at once with the others', and gives the answers in the order of the messages. */
export async function inOrder<R extends { readonly messageId: string }, A extends { readonly messageId: string }>(
  refs: readonly R[],
  keyOf: (ref: R) => string,
  ask: (key: string, group: readonly R[]) => Promise<readonly A[]>,
): Promise<A[]> {
  const groups = [...groupBy(refs, keyOf)];
  const answers = await Promise.all(groups.map(([key, group]) => ask(key, group)));
  const byId = new Map(answers.flat().map((answer) => [answer.messageId, answer]));
  return refs.flatMap(({ messageId }) => byId.get(messageId) ?? []);
}
