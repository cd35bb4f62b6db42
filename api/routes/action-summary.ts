import { type FoundPlace, foundInWords } from '../../domain/found-in';
import { groupBy } from '../../domain/group';
import { latestLocation, locationOf } from '../../domain/location';
import { firstUndoDeadline } from '../../domain/retention';
import { type SummaryMessage, type SummaryRow } from '../../store/action-summary';
import { type ActionDoc } from '../../store/actions';
import { type ApiDeps } from '../deps';
import { id } from '../fields';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { actionSummary as shape } from '../schemas/action-summary';

/** Rows that are looked at: all of the largest automatic action. Of a larger one the first, and it is said so. */
const LOOKED_AT = 10_000;
const SAMPLES = 10;
const DOMAINS = 10;
/** Messages by which other actions are found, and how many of these are shown. */
const SHARED = 500;
const OTHERS = 20;
const COUNTED = 10_000;

interface Row {
  readonly row: SummaryRow;
  readonly message: SummaryMessage | undefined;
}

/** What a person looks at before they decide, or undo. */
export function actionSummaryRoutes(routes: Routes, { store, provider, clock }: ApiDeps): void {
  /** When the way back would begin to close if it were done now; what has been done has its own deadline in the action. */
  const undoOf = async ({ actionType, endedAt }: ActionDoc, mailboxes: readonly string[]) => {
    if (actionType !== 'softDelete' || endedAt !== null || mailboxes.length === 0) return null;
    return firstUndoDeadline(clock(), mailboxes, await provider.retention(mailboxes));
  };

  routes.add(
    {
      method: 'get',
      path: '/actions/{id}/summary',
      summary:
        'What is in an action: senders, times, places, where the match was found, samples, what has changed since it was built, other actions on the same mail',
      roles: ['reader'],
      params: { id },
      success: [200, 'Counted over the first 10,000 messages of its ledger, as of now'],
      answer: shape,
      problems: ['not-found'],
    },
    async ({ params }) => {
      const action = await store.actions.byId(params.id);
      if (action === null || action.status === 'Freezing') {
        throw new Problem('not-found', `There is no action ${params.id}`);
      }
      const rows = await store.summaries.rows(action._id, LOOKED_AT);
      const ids = rows.map(({ messageId }) => messageId);
      const [found, places, cluster, settings] = await Promise.all([
        store.summaries.messages(ids),
        action.key === null ? [] : store.summaries.foundIn(action.key, ids),
        action.clusterId === null ? null : store.clusters.byId(action.clusterId),
        store.settings.get(),
      ]);
      const internal = new Set(await store.mailboxes.internalDomains(settings));
      const [others, arrived, undo] = await Promise.all([
        store.summaries.otherActions(action._id, ids.slice(0, SHARED), OTHERS),
        cluster === null ? 0 : store.summaries.arrivedSince(cluster.key, cluster.queryTime, COUNTED + 1),
        undoOf(action, [...new Set(rows.map(({ mailbox }) => mailbox))]),
      ]);
      const all = rows.map((row): Row => ({ row, message: found.get(row.messageId) }));
      const received = rows.map(({ receivedAt }) => receivedAt.getTime());
      return {
        body: {
          id: action._id,
          messageCount: action.messageCount,
          lookedAt: rows.length,
          undo,
          topSenderDomains: domainsOf(all, internal),
          internalCount: all.filter(({ message }) => message !== undefined && internal.has(message.senderDomain))
            .length,
          firstReceivedAt: received.length === 0 ? null : new Date(received.reduce((a, b) => Math.min(a, b))),
          lastReceivedAt: received.length === 0 ? null : new Date(received.reduce((a, b) => Math.max(a, b))),
          threats: cluster === null ? [] : [cluster.entity.threat],
          originalLocations: tally(all.map(({ message }) => message && locationOf(message.originalFolder))),
          latestLocations: tally(all.map(({ message }) => placeOf(message))),
          foundIn: inWords(places),
          changed: {
            builtAt: cluster?.queryTime ?? action.createdAt,
            arrived: Math.min(arrived, COUNTED),
            ...(arrived > COUNTED ? { arrivedIsAtLeast: true } : {}),
            moved: all.filter(({ row, message }) => row.outcome === 'open' && message?.folder !== row.from).length,
          },
          samples: all.slice(0, SAMPLES).map(({ row, message }) => ({
            ...{ messageId: row.messageId, mailbox: row.mailbox, receivedAt: row.receivedAt, outcome: row.outcome },
            ...{ subject: message?.subject ?? null, senderAddress: message?.senderAddress ?? null },
            ...{ from: row.from, latestDeliveryLocation: placeOf(message) },
          })),
          otherActions: others.map(({ _id, investigationId, actionType, status, decidedBy, createdAt }) => ({
            ...{ id: _id, investigationId, actionType, status, decidedBy, createdAt },
          })),
        },
      };
    },
  );
}

function domainsOf(rows: readonly Row[], internal: ReadonlySet<string>) {
  return [...groupBy(rows, ({ message }) => message?.senderDomain ?? '')]
    .map(([domain, of]) => ({ domain, count: of.length, internal: internal.has(domain) }))
    .sort((one, other) => other.count - one.count || (one.domain < other.domain ? -1 : 1))
    .slice(0, DOMAINS);
}

function placeOf(message: SummaryMessage | undefined) {
  return message === undefined ? 'Unknown' : latestLocation(message.folder, message.purgedAt !== null);
}

/** The most frequent place first. */
function inWords(places: readonly { readonly place: FoundPlace; readonly count: number }[]) {
  return Object.fromEntries(
    [...groupBy(places, ({ place }) => foundInWords(place))]
      .map(([words, of]): [string, number] => [words, of.reduce((total, { count }) => total + count, 0)])
      .sort(([, one], [, other]) => other - one),
  );
}

function tally(names: readonly (string | undefined)[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name ?? 'Unknown', (counts.get(name ?? 'Unknown') ?? 0) + 1);
  return Object.fromEntries(counts);
}
