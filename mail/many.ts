import { groupBy } from '../domain/group';
import { type Retention } from '../domain/retention';
import { inOrder } from './in-order';
import { MailboxError, type MailboxProvider, type MoveReport, type SightedMessage } from './provider';

type InMailbox = { readonly messageId: string; readonly mailbox: string };

/**
 * Several providers behind one port: each call goes to the providers of its mailboxes at once, and what one of them
 * cannot do is reported, as for a mailbox. `providersOf` answers the names of providers by address.
 */
export function createMany(
  providers: ReadonlyMap<string, MailboxProvider>,
  providersOf: (addresses: readonly string[]) => Promise<ReadonlyMap<string, string>>,
): MailboxProvider {
  /** A mailbox never changes its provider. */
  const known = new Map<string, string>();

  async function nameOf(addresses: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const unknown = [...new Set(addresses)].filter((address) => !known.has(address));
    if (unknown.length > 0) {
      for (const [address, name] of await providersOf(unknown)) known.set(address, name);
    }
    return known;
  }

  async function each<R extends InMailbox, A extends { readonly messageId: string }>(
    refs: readonly R[],
    ask: (provider: MailboxProvider, group: readonly R[]) => Promise<readonly A[]>,
    without: (ref: R) => A,
  ): Promise<A[]> {
    const names = await nameOf(refs.map(({ mailbox }) => mailbox));
    const nameOfRef = ({ mailbox }: R): string => names.get(mailbox) ?? '';
    return inOrder(refs, nameOfRef, async (name, group) => {
      const provider = providers.get(name);
      return provider === undefined ? group.map(without) : ask(provider, group);
    });
  }

  const unmoved = ({ messageId }: InMailbox): MoveReport => ({ messageId, moved: false, error: 'notConfigured' });

  async function of(mailbox: string): Promise<MailboxProvider> {
    const provider = providers.get((await nameOf([mailbox])).get(mailbox) ?? '');
    if (provider === undefined) {
      throw new MailboxError('unknownMailbox', `No provider that is configured has a mailbox ${mailbox}`);
    }
    return provider;
  }

  return {
    capabilities: () => ({ softDelete: true, restore: true, hardDelete: true }),
    locate: (refs) => each(refs, (provider, group) => provider.locate(group), unseen),
    softDelete: (refs, stamp) => each(refs, (provider, group) => provider.softDelete(group, stamp), unmoved),
    move: (refs, folder, stamp) => each(refs, (provider, group) => provider.move(group, folder, stamp), unmoved),
    restore: (refs, actionId, stamp) =>
      each(refs, (provider, group) => provider.restore(group, actionId, stamp), unmoved),
    hardDelete: (refs, stamp) => each(refs, (provider, group) => provider.hardDelete(group, stamp), unmoved),
    async fence(refs) {
      const names = await nameOf(refs.map(({ mailbox }) => mailbox));
      for (const [name, group] of groupBy(refs, ({ mailbox }) => names.get(mailbox) ?? '')) {
        await providers.get(name)?.fence(group);
      }
    },
    async retention(mailboxes) {
      const names = await nameOf(mailboxes);
      const groups = [...groupBy(mailboxes, (mailbox) => names.get(mailbox) ?? '')];
      const found = await Promise.all(groups.map(async ([name, group]) => providers.get(name)?.retention(group)));
      return new Map(found.flatMap((retentions): [string, Retention][] => [...(retentions ?? [])]));
    },
    read: async (ref) => (await of(ref.mailbox)).read(ref),
    changes: async (mailbox, cursor, limit) => (await of(mailbox)).changes(mailbox, cursor, limit),
  };
}

/** A message whose provider is not configured any more: nobody can say where it is. */
function unseen({ messageId }: InMailbox): SightedMessage {
  return {
    ...{ messageId, found: false, folder: '', revision: -1, placedAt: -1 },
    ...{ removedBy: null, restoredBy: null, purged: false, unreachable: true },
  };
}
