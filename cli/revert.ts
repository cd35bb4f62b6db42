import { clientFromEnvironment } from './client';
import { followRevert } from './follow';
import { countsLine } from './views';

/** Puts back what an action removed, and follows it to its end. */
export async function revert(
  actionId: string,
  { to, json }: { readonly to: string; readonly json?: boolean },
): Promise<number> {
  const client = clientFromEnvironment();
  const started = await client.call<{ id: string }>('POST', `/actions/${encodeURIComponent(actionId)}/revert`, {
    body: { destination: to },
  });
  const ended = await followRevert(client, started.data.id);
  process.stdout.write(
    json === true ? `${JSON.stringify(ended)}\n` : `${ended.id} ${ended.status}: ${countsLine(ended.outcomes)}\n`,
  );
  return ended.status === 'Completed' ? 0 : 1;
}
