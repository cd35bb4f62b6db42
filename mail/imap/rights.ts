import { type ImapFlow } from 'imapflow';
import { encodePath } from 'imapflow/lib/tools.js';
import { type Session } from './session';

/** What the library does for all of its own commands, and offers for others without declaring it. */
interface Executing {
  exec(
    command: string,
    attributes: readonly { readonly type: 'ATOM' | 'STRING'; readonly value: string }[],
    options: { readonly untagged: Readonly<Record<string, (untagged: Untagged) => Promise<void>>> },
  ): Promise<{ readonly next: () => void }>;
}

interface Untagged {
  readonly attributes?: readonly ({ readonly value?: unknown } | null)[];
}

/**
 * The rights that we have in a folder (RFC 4314), as letters; `null` where the server does not say, since it has no
 * access control lists or does not tell of this folder.
 */
export async function rightsIn(
  { client }: Pick<Session, 'client'>,
  path: string,
  pathAsListed = encodePath(client, path),
): Promise<string | null> {
  if (!client.capabilities.has('ACL')) return null;
  let rights: string | null = null;
  try {
    const { next } = await (client as ImapFlow & Executing).exec(
      'MYRIGHTS',
      [{ type: 'STRING', value: pathAsListed }],
      {
        untagged: {
          MYRIGHTS: ({ attributes = [] }) => {
            const value = attributes[1]?.value;
            if (typeof value === 'string') rights = value;
            return Promise.resolve();
          },
        },
      },
    );
    next();
    return rights;
  } catch {
    return client.usable
      ? null
      : Promise.reject(new Error(`The connection broke while the rights in ${path} were asked for`));
  }
}

/** Whether the server says that we have no right to read a folder. */
export async function mayNotRead(session: Pick<Session, 'client'>, path: string): Promise<boolean> {
  const rights = await rightsIn(session, path);
  return rights !== null && lacking(rights, 'r').length > 0;
}

/** `d` and `c` are what older servers say for several of today's letters. */
export function lacking(rights: string, needed: string): string[] {
  const has = (letter: string): boolean =>
    rights.includes(letter) || ('et'.includes(letter) && rights.includes('d') && !/[xte]/.test(rights));
  return needed.split('').filter((letter) => !has(letter));
}
