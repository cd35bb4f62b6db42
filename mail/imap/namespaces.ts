import { type ImapFlow, type ListOptions, type ListResponse, type NamespaceObject } from 'imapflow';

export type Spaces = Pick<ImapFlow, 'namespaces'>;

const NO_PREFIX: NamespaceObject = { prefix: '', delimiter: '/' };

/**
 * Has the library take every path as it is. By itself it puts the prefix of the namespace that the server names first
 * before any path that has another one, and so opens, makes or lists a different folder.
 */
export function takeWholePaths(client: Pick<ImapFlow, 'namespace'>): void {
  client.namespace = { ...NO_PREFIX, delimiter: client.namespace?.delimiter };
}

/** The namespace of a user's own folders that goes with the inbox: servers name it in any place. */
export function homeOf({ namespaces }: Spaces): NamespaceObject {
  const { personal = [] } = namespaces ?? {};
  const isHome = ({ prefix, delimiter }: NamespaceObject): boolean =>
    prefix === '' || prefix.toUpperCase() === `INBOX${delimiter ?? ''}`;
  return personal.find(isHome) ?? personal[0] ?? NO_PREFIX;
}

/** Whether a folder is in a namespace of others, or that several share: the longest prefix says in which one it is. */
export function isForeign({ namespaces }: Spaces, path: string): boolean {
  if (path.toUpperCase() === 'INBOX') return false;
  const longest = (spaces: readonly NamespaceObject[] | false = []): number =>
    Math.max(-1, ...(spaces || []).filter((space) => isIn(path, space)).map(({ prefix }) => prefix.length));
  return Math.max(longest(namespaces?.other), longest(namespaces?.shared)) > longest(namespaces?.personal);
}

/** Every folder of every namespace of the user's own. What the library lists by itself is the first one's. */
export async function listFolders(client: ImapFlow, options: ListOptions = {}): Promise<ListResponse[]> {
  const whole = client.namespace;
  const found = new Map<string, ListResponse>();
  const home = homeOf(client);
  for (const space of [home, ...(client.namespaces?.personal ?? []).filter((one) => one !== home)]) {
    // Without a prefix, most servers have listed the others' folders too.
    const { prefix } = space;
    if (prefix !== '' && [...found.keys()].some((path) => path.startsWith(prefix))) continue;
    client.namespace = space;
    try {
      for (const entry of await client.list(options)) {
        if (!found.has(entry.path)) found.set(entry.path, entry);
      }
    } finally {
      client.namespace = whole;
    }
  }
  return [...found.values()];
}

function isIn(path: string, { prefix, delimiter }: NamespaceObject): boolean {
  return `${path}${delimiter ?? ''}`.startsWith(prefix);
}
