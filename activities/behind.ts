import { type ActionDoc } from '../store/actions';
import { type RevertDoc } from '../store/reverts';
import { type Store } from '../store/store';

/** What a person said who stopped the Take action that the revert stands for; `null` where it is to go on. */
export async function haltBehind(
  { actions }: Pick<Store, 'actions'>,
  { forAction }: Pick<RevertDoc, 'forAction'>,
): Promise<ActionDoc['halt']> {
  return forAction === undefined ? null : ((await actions.byId(forAction))?.halt ?? null);
}
