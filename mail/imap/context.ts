import { type FolderRows, type ImapIndex, type Leases, type MailboxRecords } from '../../domain/imap';
import { type ImapConfig } from '../config';
import { type Pool } from './pool';
import { type Session } from './session';
import { pathFromRoot, pathOf } from './folders';

/** What everything that is done in IMAP mailboxes works with. */
export interface ImapContext {
  readonly config: ImapConfig;
  readonly pool: Pool;
  /** Signs in on a connection of its own, beside the pool. Throws {@link MailboxError}. */
  readonly open: (mailbox: string) => Promise<Session>;
  readonly leases: Leases;
  readonly index: ImapIndex;
  readonly folders: FolderRows;
  readonly records: MailboxRecords;
  readonly clock: () => Date;
}

/** The path of the folder that soft-deleted mail is moved to. */
export function recoverablePath({ config }: Pick<ImapContext, 'config'>, { client }: Session): string {
  const { folder, fromRoot = false } = config.recoverable;
  return fromRoot ? pathFromRoot(client, folder) : pathOf(client, folder);
}
