import { type FolderRows, type ImapIndex, type Leases, type MailboxRecords } from '../../domain/imap';
import { type ImapConfig } from '../config';
import { type MailboxProvider } from '../provider';
import { type ImapContext } from './context';
import { createPool } from './pool';
import { createImapProvider } from './provider';
import { createRounds, type ImapUpkeep } from './round';
import { openSession, type Session } from './session';

/** What an IMAP provider needs beside its configuration: where it keeps what it knows, and the environment with its secrets. */
export interface ImapDeps {
  readonly index: ImapIndex;
  readonly folders: FolderRows;
  readonly records: MailboxRecords;
  readonly leases: Leases;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: () => Date;
  /** How long one command may take at the server, beside what it brings; for tests. */
  readonly commandMs?: number;
}

/** The mailboxes of one IMAP server: the port, its upkeep, and the end of its connections. */
export function createImap(
  config: ImapConfig,
  { index, folders, records, leases, env, clock, commandMs }: ImapDeps,
): { readonly provider: MailboxProvider; readonly upkeep: ImapUpkeep; readonly close: () => Promise<void> } {
  const open = (mailbox: string): Promise<Session> => openSession(config, mailbox, env, commandMs);
  const pool = createPool({ config, leases, open });
  const context: ImapContext = { config, pool, open, leases, index, folders, records, clock };
  return { provider: createImapProvider(context), upkeep: createRounds(context), close: () => pool.close() };
}
