import { adjusted, type PastCluster, type Preview, previewOf } from '../domain/preview';
import { type TakeableGroup } from '../domain/policy';
import { type Retention } from '../domain/retention';
import { type AutomationSettings } from '../domain/settings';
import { type ClusterDoc } from '../store/clusters';
import { type ApiDeps } from './deps';

/** How far back a preview looks. */
export const PREVIEW_DAYS = 30;

const DAY_MS = 24 * 60 * 60 * 1000;

interface SettingsPreview {
  readonly from: Date;
  readonly to: Date;
  readonly investigations: number;
  readonly clusters: number;
  readonly current: Preview;
  readonly proposed: Preview;
}

/** What the settings of now, and those proposed, would have made of the clusters of the last 30 days. */
export async function previewSettings(
  deps: ApiDeps,
  current: AutomationSettings,
  proposed: AutomationSettings,
): Promise<SettingsPreview> {
  const to = deps.clock();
  const from = new Date(to.getTime() - PREVIEW_DAYS * DAY_MS);
  const found: ClusterDoc[] = await deps.store.clusters.since(from);
  return {
    ...{ from, to, clusters: found.length },
    investigations: new Set(found.map(({ investigationId }) => investigationId)).size,
    current: previewOf(await pastClusters(deps, found, current.excludedMailboxes), current),
    proposed: previewOf(await pastClusters(deps, found, proposed.excludedMailboxes), proposed),
  };
}

/** The clusters as they would have been with these mailboxes excluded, and no others. */
async function pastClusters(
  { store, provider }: ApiDeps,
  found: readonly ClusterDoc[],
  excludedMailboxes: readonly string[],
): Promise<PastCluster[]> {
  const excluded = new Set(excludedMailboxes);
  const retentions = await provider.retention([
    ...new Set([...excluded, ...found.flatMap((cluster) => cluster.excluded.map(({ mailbox }) => mailbox))]),
  ]);
  const past: PastCluster[] = [];
  for (const cluster of found) {
    const then = new Set(cluster.excluded.map(({ mailbox }) => mailbox));
    const newly = [...excluded].filter((mailbox) => !then.has(mailbox));
    const left = newly.length === 0 ? [] : await store.ledger.countsIn(cluster.actionIds, newly);
    const joined = cluster.excluded.filter(({ mailbox }) => !excluded.has(mailbox));
    const groups = (counts: typeof joined): TakeableGroup[] =>
      counts.map(({ mailbox, count }) => groupOf(count, retentions.get(mailbox)));
    past.push({ at: cluster.queryTime, facts: adjusted(cluster.facts, groups(left), groups(joined)) });
  }
  return past;
}

function groupOf(count: number, retention: Retention | undefined): TakeableGroup {
  return { count, retentionDays: retention?.days ?? null, hold: retention?.hold ?? false, reverted: false };
}
