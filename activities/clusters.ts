import { type SimilarFigures } from '../domain/attributes';
import { type Attributes, type ClusterEntity, clusterKey } from '../domain/entity';
import { automationMayTakeFrom } from '../domain/location';
import { type AutomationStanding } from '../domain/policy';
import { type AutomationSettings } from '../domain/settings';
import { type AlertDoc } from '../store/alerts';
import { type ClusterRow } from '../store/messages';
import { buildCluster, type BuiltCluster } from './build-cluster';
import { type ActivityDeps } from './deps';
import { pauseOf } from './pending';
import { createEntityFindings } from './entity-findings';
import { createSimilar } from './similar-clusters';

/** What clusters are judged by, read once for all of an alert. */
export interface Grounds {
  readonly settings: AutomationSettings;
  readonly standing: AutomationStanding;
}

/** Which messages of a cluster are its own. */
export interface ClusterScope {
  /** True where those that a ledger of the investigation holds are left out. */
  readonly onlyNew: boolean;
  /** Messages that another cluster of the same alert has. */
  readonly taken?: ReadonlySet<string>;
  /** How similar messages were judged; asked again where it is not said. */
  readonly figures?: SimilarFigures;
}

/** Looks for the messages that carry an entity, and at what the policy needs to know of them. */
export function createClusters({ store, provider, clock }: ActivityDeps) {
  const lookAtEntity = createEntityFindings(store);
  const similar = createSimilar(store);
  return { grounds, cluster, similarTo: similar.candidates };

  async function grounds(): Promise<Grounds> {
    const [settings, state, used] = await Promise.all([
      store.settings.get(),
      store.control.get(),
      store.budget.used(clock()),
    ]);
    return { settings, standing: { pause: pauseOf(state), used } };
  }

  /** The cluster of an entity; with `onlyNew`, of the messages that no ledger of the investigation holds yet. */
  async function cluster(
    alert: AlertDoc,
    entity: ClusterEntity,
    { onlyNew, taken, figures, ...judged }: Grounds & ClusterScope,
  ): Promise<{ readonly built: BuiltCluster; readonly found: readonly string[] }> {
    const queryTime = clock();
    const found = await store.messages.carrying(clusterKey(entity));
    const free = taken === undefined ? found : found.filter(({ _id }) => !taken.has(_id));
    const carrying = onlyNew ? await inNoLedgerYet(alert.investigationId, free) : free;
    const takeable = carrying.filter(({ folder }) => automationMayTakeFrom(folder));
    const mailboxes = await store.mailboxes.counts(queryTime);
    const touched = [...new Set(takeable.map(({ mailbox }) => mailbox))];
    const [findings, retentions, unsafe] = await Promise.all([
      // Also of what a ledger holds already: what makes those messages wait speaks of the new ones too. But what carries
      // the entities says nothing good of what is only similar, and would hide it in a share.
      lookAtEntity({ alert, entity, settings: judged.settings, carrying: free, mailboxes: mailboxes.all }),
      provider.retention(touched),
      store.mailboxes.unsafe(touched),
    ]);
    const judgement =
      entity.type === 'attributes' ? { similar: figures ?? (await figuresAgain(alert, entity, judged.settings)) } : {};
    const built = buildCluster({
      ...{ ...judgement, alert, entity, carrying, mailboxes, retentions, unsafe, queryTime, findings, ...judged },
    });
    return { built, found: found.map(({ _id }) => _id) };
  }

  async function figuresAgain(alert: AlertDoc, entity: Attributes, settings: AutomationSettings) {
    return similar.figuresOf(entity, { settings, telling: await similar.tellingOf(alert, settings) });
  }

  async function inNoLedgerYet(investigationId: string, rows: readonly ClusterRow[]): Promise<ClusterRow[]> {
    const actions = await store.actions.of(investigationId);
    const held = await store.ledger.messagesIn(
      actions.map(({ _id }) => _id),
      rows.map(({ _id }) => _id),
    );
    return rows.filter(({ _id }) => !held.has(_id));
  }
}
