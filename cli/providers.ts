import { ConfigError } from '../api/config';
import { type MailboxAdmin } from '../mail/admin';
import { type ImapConfig, type ProviderConfig } from '../mail/config';
import { createEmbeddedProvider } from '../mail/embedded/provider';
import { createImap } from '../mail/imap/create';
import { type ImapUpkeep } from '../mail/imap/round';
import { fingerprintOf } from '../mail/imap/fingerprint';
import { placeIn } from '../mail/config-places';
import { createMany } from '../mail/many';
import { type MailboxProvider } from '../mail/provider';
import { createImapIndex } from '../store/imap-index';
import { type Store } from '../store/store';

/** More would hide the first ones. */
const SAID = 3;

/** Every mailbox of the configuration behind one port. */
export interface Providers {
  readonly provider: MailboxProvider;
  /** The embedded mailboxes' own administration: it is there also where none are configured, and refuses then. */
  readonly admin: MailboxAdmin;
  readonly imap: readonly ImapUpkeep[];
  close(): Promise<void>;
}

export interface ProvidersDeps {
  readonly store: Store;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: () => Date;
}

/** Composes the mail providers; `null` stands for the embedded mailboxes alone. */
export function createProviders(configs: readonly ProviderConfig[] | null, deps: ProvidersDeps): Providers {
  const { store, env, clock } = deps;
  const embedded = createEmbeddedProvider({ store, clock });
  const imapConfigs = imapOf(configs);
  if (imapConfigs.length === 0) return { ...embedded, imap: [], close: () => Promise.resolve() };
  const imap = imapConfigs.map((config) => ({
    name: config.name,
    ...createImap(config, {
      ...{ env, clock, folders: store.imapFolders, records: store.mailboxes, leases: store.leases },
      index: createImapIndex({ ...store, folders: store.imapFolders, provider: config.name }),
    }),
  }));
  const providers = new Map<string, MailboxProvider>([
    ['embedded', embedded.provider],
    ...imap.map(({ name, provider }): [string, MailboxProvider] => [name, provider]),
  ]);
  return {
    provider: createMany(providers, (addresses) => store.mailboxes.providersOf(addresses)),
    admin: embedded.admin,
    imap: imap.map(({ upkeep }) => upkeep),
    async close() {
      await Promise.all(imap.map(({ close }) => close()));
    },
  };
}

/**
 * Makes the mailboxes of the configuration known, before anything works with them. Throws where an address is taken, and
 * says where it is named: no log holds an address.
 */
export async function registerMailboxes(
  configs: readonly ProviderConfig[] | null,
  { store, clock }: Pick<ProvidersDeps, 'store' | 'clock'>,
): Promise<void> {
  for (const config of imapOf(configs)) {
    const { name, mailboxes, recoverable } = config;
    const configured = {
      ...{ retentionDays: recoverable.retentionDays, at: clock() },
      fingerprint: fingerprintOf(config),
    };
    const taken = await store.mailboxes.register(name, mailboxes, configured);
    if (taken.length === 0) continue;
    const said = taken
      .slice(0, SAID)
      .map((address) => `${placeIn(config, address)}: belongs to another provider already`);
    const more = taken.length - said.length;
    throw new ConfigError(`CLAWBACK_MAIL: ${[...said, ...(more > 0 ? [`and ${more} more`] : [])].join('\n')}`);
  }
}

function imapOf(configs: readonly ProviderConfig[] | null): ImapConfig[] {
  return (configs ?? []).flatMap((config) => (config.type === 'imap' ? [config] : []));
}
