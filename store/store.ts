import mongoose, { type Connection } from 'mongoose';
import { type ActionStore, createActionStore } from './actions';
import { type ActionSummaryStore, createActionSummaryStore } from './action-summary';
import { type AlertStore, createAlertStore } from './alerts';
import { type AuditStore, createAuditStore } from './audit';
import { type AuditCopy } from './audit-writer';
import { type BudgetStore, createBudgetStore } from './budget';
import { type ChangeStore, createChangeStore } from './changes';
import { type ClusterMailboxStore, createClusterMailboxStore } from './cluster-mailboxes';
import { type ClusterStore, createClusterStore } from './clusters';
import { type ControlStore, createControlStore } from './control';
import { createDecisionStore, type DecisionStore } from './decisions';
import { createDeliveryStore, type DeliveryStore } from './deliveries';
import { createEntityStatsStore, type EntityStatsStore } from './entity-stats';
import { createEventStore, type EventStore } from './events';
import { createEvidenceStore, type EvidenceStore } from './evidence';
import { createExplorerStore, type ExplorerStore } from './explorer';
import { createFenceStore, type FenceStore } from './fences';
import { createImapFolderStore, type ImapFolderStore } from './imap-folders';
import { createIdempotencyStore, type IdempotencyStore } from './idempotency';
import { createInvestigationStore, type InvestigationStore } from './investigations';
import { createLeaseStore, type LeaseStore } from './leases';
import { createLedgerStore, type LedgerStore } from './ledger';
import { createMailboxStore, type MailboxStore } from './mailboxes';
import { createMessageHistory, type MessageHistory } from './message-history';
import { createMessageStore, type MessageStore } from './messages';
import { createNoticeStore, type NoticeStore } from './notices';
import { createOpenEntityStore, type OpenEntityStore } from './open-entities';
import { createOverviewStore, type OverviewStore } from './overview';
import { createRawMailStore, type RawMailStore } from './raw-mail';
import { createRemediationStore, type RemediationStore } from './remediations';
import { createRevertStore, type RevertStore } from './reverts';
import { createSelectionStore, type SelectionStore } from './selections';
import { createSessionStore, type SessionStore } from './sessions';
import { createSettingsStore, type SettingsStore } from './settings';
import { createTokenStore, type TokenStore } from './tokens';
import { createTransactions, type Transactions } from './transactions';
import { createWebhookSecretStore, type WebhookSecretStore } from './webhook-secrets';
import { createWebhookStore, type WebhookStore } from './webhooks';

/** The shape of the stored documents; raised with a migration when it changes. */
export const SCHEMA_VERSION = 4;

export interface Store {
  readonly connection: Connection;
  readonly messages: MessageStore;
  readonly history: MessageHistory;
  readonly explorer: ExplorerStore;
  readonly entityStats: EntityStatsStore;
  readonly mailboxes: MailboxStore;
  readonly imapFolders: ImapFolderStore;
  readonly leases: LeaseStore;
  readonly rawMail: RawMailStore;
  readonly settings: SettingsStore;
  readonly tokens: TokenStore;
  readonly sessions: SessionStore;
  readonly changes: ChangeStore;
  readonly overview: OverviewStore;
  readonly summaries: ActionSummaryStore;
  readonly clusterMailboxes: ClusterMailboxStore;
  readonly audit: AuditStore;
  readonly investigations: InvestigationStore;
  readonly alerts: AlertStore;
  readonly openEntities: OpenEntityStore;
  readonly clusters: ClusterStore;
  readonly actions: ActionStore;
  readonly ledger: LedgerStore;
  readonly fences: FenceStore;
  readonly events: EventStore;
  readonly reverts: RevertStore;
  readonly selections: SelectionStore;
  readonly remediations: RemediationStore;
  readonly evidence: EvidenceStore;
  readonly idempotency: IdempotencyStore;
  readonly decisions: DecisionStore;
  readonly control: ControlStore;
  readonly budget: BudgetStore;
  readonly webhooks: WebhookStore;
  readonly webhookSecrets: WebhookSecretStore;
  readonly deliveries: DeliveryStore;
  readonly notices: NoticeStore;
  /** See {@link Transactions.run}. */
  transaction: Transactions['run'];
  /** Makes every index and checks the schema version; throws {@link StoreError} where the data is not ours to touch. */
  prepare(): Promise<void>;
  /** Answers when MongoDB does; throws within `timeoutMs` where it does not. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** The stored data cannot be used by this version. */
export class StoreError extends Error {
  readonly code = 'schemaVersion';
  readonly retryable = false;
  constructor(message: string) {
    super(message);
    this.name = 'StoreError';
  }
}

/** How long a call waits for a server before it fails: an outage becomes an error, never a hang. */
const SERVER_SELECTION_MS = 5_000;
const SOCKET_MS = 60_000;

export interface StoreOptions {
  /** Gets a copy of each row of the audit once it is stored, for a place that MongoDB's administrators cannot change. */
  readonly onAudit?: (copy: AuditCopy) => void;
}

/** Connects to MongoDB (a replica set: transactions are needed). Throws where no server answers within 5 seconds. */
export async function connectStore(
  uri: string,
  dbName = 'clawback',
  { onAudit = () => undefined }: StoreOptions = {},
): Promise<Store> {
  const connection = await mongoose
    .createConnection(uri, {
      dbName,
      serverSelectionTimeoutMS: SERVER_SELECTION_MS,
      socketTimeoutMS: SOCKET_MS,
      autoIndex: false,
      autoCreate: false,
      writeConcern: { w: 'majority' },
      readConcern: { level: 'majority' },
      ignoreUndefined: true,
    })
    .asPromise();
  const transactions = createTransactions(connection);
  const audit = createAuditStore(connection, transactions, onAudit);
  const budget = createBudgetStore(connection);
  const control = createControlStore(connection);
  const transaction: Store['transaction'] = (work) => transactions.run(work);
  const webhooks = createWebhookStore(connection);
  const deliveries = createDeliveryStore(connection);
  const messages = createMessageStore(connection);
  const mailboxes = createMailboxStore(connection);
  const investigations = createInvestigationStore(connection);
  const actions = createActionStore(connection);
  const reverts = createRevertStore(connection);
  const alerts = createAlertStore(connection);
  const ledger = createLedgerStore(connection);
  const events = createEventStore(ledger);
  const clusters = createClusterStore(connection);
  const settings = createSettingsStore(connection);
  const explorer = createExplorerStore({ messages, events, clusters, settings, mailboxes });
  const selections = createSelectionStore(connection, { messages, ledger, explorer });
  const decisions = createDecisionStore(connection);
  const remediations = createRemediationStore(connection, { actions, selections, reverts, decisions, transaction });
  return {
    connection,
    messages,
    history: createMessageHistory(messages),
    entityStats: createEntityStatsStore(connection),
    mailboxes,
    explorer,
    imapFolders: createImapFolderStore(connection),
    leases: createLeaseStore(connection),
    rawMail: createRawMailStore(connection),
    settings,
    tokens: createTokenStore(connection),
    sessions: createSessionStore(connection),
    changes: createChangeStore(connection),
    summaries: createActionSummaryStore({ ledger, messages, actions }),
    clusterMailboxes: createClusterMailboxStore(messages),
    overview: createOverviewStore({ actions, reverts, investigations, mailboxes, alerts }),
    audit,
    investigations,
    alerts,
    openEntities: createOpenEntityStore(connection),
    clusters,
    actions,
    ledger,
    selections,
    remediations,
    evidence: createEvidenceStore(connection),
    fences: createFenceStore(connection),
    events,
    reverts,
    idempotency: createIdempotencyStore(connection),
    decisions,
    control,
    budget,
    webhooks,
    webhookSecrets: createWebhookSecretStore(connection),
    deliveries,
    notices: createNoticeStore(connection, { webhooks, deliveries, transaction }),
    transaction,
    async prepare() {
      await prepareStore(connection, audit);
      await budget.prepare();
      await control.prepare();
      await remediations.prepare();
    },
    async ping(timeoutMs) {
      await connection.db?.command({ ping: 1 }, { timeoutMS: timeoutMs });
    },
    close: () => connection.close(),
  };
}

async function prepareStore(connection: Connection, audit: AuditStore): Promise<void> {
  const meta = connection.collection<{ _id: string; version: number }>('meta');
  const found = await meta.findOneAndUpdate(
    { _id: 'schemaVersion' },
    { $setOnInsert: { version: SCHEMA_VERSION } },
    { upsert: true, returnDocument: 'after' },
  );
  const version = found?.version ?? SCHEMA_VERSION;
  if (version !== SCHEMA_VERSION) {
    throw new StoreError(
      `The database holds schema version ${version}, this program needs ${SCHEMA_VERSION}: start the version that wrote it, or use another database`,
    );
  }
  const models = Object.values(connection.models);
  for (const model of models) await model.createCollection();
  await audit.begin();
  for (const model of models) await model.createIndexes();
}
