import { type Client } from './client';
import { followInvestigation, followRevert } from './follow';
import { countsLine, type InvestigationView, type RevertView } from './views';

interface Settings {
  readonly messageClusters: Readonly<Record<string, boolean>>;
}

export interface MainJobResult {
  readonly investigation: InvestigationView;
  readonly reverts: readonly RevertView[];
  readonly removed: number;
  readonly restored: number;
}

/**
 * The main job as a story, over REST alone: boxes on, an alert by a detector, what was found and removed, the way back,
 * boxes as they were. The detector's token is made for the occasion and deleted.
 */
export async function runMainJob(
  client: Client,
  entity: Readonly<Record<string, string>>,
  say: (line: string) => void,
): Promise<MainJobResult> {
  const before = await client.call<Settings>('GET', '/settings/automation');
  const detector = await client.call<{ id: string; token: string }>('POST', '/tokens', {
    body: { name: `demo-detector-${Date.now()}`, roles: ['detector', 'operator'] },
  });
  try {
    await putBoxes(client, { similarFiles: true, similarUrls: true });
    const opened = await client.call<{ id: string }>('POST', '/investigations', {
      body: { entities: [entity], alert: { title: 'Demo alert', severity: 'high', source: 'clawback demo' } },
      headers: { authorization: `Bearer ${detector.data.token}` },
    });
    const investigation = await followInvestigation(client, opened.data.id);
    tell(investigation, say);
    const reverts: RevertView[] = [];
    for (const action of investigation.actions.filter(({ outcomes }) => (outcomes['removed'] ?? 0) > 0)) {
      const started = await client.call<{ id: string }>('POST', `/actions/${action.id}/revert`, {
        body: { destination: 'original', comment: 'The demo puts everything back' },
      });
      const revert = await followRevert(client, started.data.id);
      say(`  Undo: ${countsLine(revert.outcomes)} to the original folders (${revert.status})`);
      reverts.push(revert);
    }
    return {
      investigation,
      reverts,
      removed: total(investigation.actions.map(({ outcomes }) => outcomes['removed'] ?? 0)),
      restored: total(reverts.map(({ outcomes }) => outcomes['restored'] ?? 0)),
    };
  } finally {
    await putBoxes(client, before.data.messageClusters);
    await client.call('DELETE', `/tokens/${detector.data.id}`);
  }
}

function tell({ id, status, durationMs, clusters, actions }: InvestigationView, say: (line: string) => void): void {
  for (const cluster of clusters) {
    say(
      `  Cluster: ${cluster.messageCount} messages in ${cluster.mailboxCount} mailboxes (${countsLine(cluster.locationCounts)})`,
    );
  }
  for (const action of actions) {
    const reasons = action.reasons.map(({ detail }) => detail).join('; ');
    say(
      `  Action: soft delete, ${action.status} · ${countsLine(action.outcomes)}${reasons === '' ? '' : ` · waits: ${reasons}`}`,
    );
    if (action.undoDeadline !== null) say(`  Can be undone until ${action.undoDeadline}`);
  }
  say(`  Investigation ${id}: ${status}${durationMs === null ? '' : ` after ${durationMs} ms`}`);
}

async function putBoxes(client: Client, boxes: Readonly<Record<string, boolean>>): Promise<void> {
  const { headers } = await client.call('GET', '/settings/automation');
  await client.call('PUT', '/settings/automation', {
    body: { messageClusters: boxes },
    headers: { 'if-match': headers.get('etag') ?? '' },
  });
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
