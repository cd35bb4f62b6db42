import { type MessageQuery, type SelectionDoc } from './selections';

/** What a person chose, as MongoDB takes it; with `cut`, nothing that came after that id (law 1). */
export function selectionQuery(
  { messageIds }: Pick<SelectionDoc, 'messageIds' | 'filter' | 'at'>,
  cut?: string,
): MessageQuery {
  const chosen: MessageQuery = { _id: { $in: [...(messageIds ?? [])] } };
  return cut === undefined ? chosen : { $and: [chosen, { _id: { $lte: cut } }] };
}
