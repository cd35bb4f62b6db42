import { type Logger } from 'pino';
import { type WorkflowGateway } from '../domain/gateway';
import { type MailboxAdmin } from '../mail/admin';
import { type ImapUpkeep } from '../mail/imap/round';
import { type MailboxProvider } from '../mail/provider';
import { type Store } from '../store/store';
import { type Targets } from '../webhooks/targets';

/** What the API works with; composed by `api/main.ts`, replaced at will by tests. */
export interface ApiDeps {
  readonly store: Store;
  readonly admin: MailboxAdmin;
  readonly provider: MailboxProvider;
  /** The IMAP providers, to probe their mailboxes. */
  readonly imap: readonly Pick<ImapUpkeep, 'name' | 'check'>[];
  readonly gateway: WorkflowGateway;
  /** Where webhooks may point. */
  readonly targets: Pick<Targets, 'refusal'>;
  /** Where the Temporal UI shows workflows of our namespace, without a slash at its end; absent where there is none. */
  readonly temporalUi?: string | null;
  readonly clock: () => Date;
  readonly logger: Logger;
}
