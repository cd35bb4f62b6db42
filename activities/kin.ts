import { type ActionDoc } from '../store/actions';
import { type Store } from '../store/store';

/** An action with the others of its investigation; by itself where a person asked for it beside any. */
export async function kinOf(store: Store, { _id, investigationId }: ActionDoc): Promise<readonly ActionDoc[]> {
  return investigationId === null ? store.actions.byIds([_id]) : store.actions.of(investigationId);
}
