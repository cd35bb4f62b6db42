import { ImapFlow } from 'imapflow';

/** A mail as the mailbox's own user has it. */
export interface OwnMail {
  readonly path: string;
  readonly uid: number;
  /** All but `\Recent`, in order. */
  readonly flags: readonly string[];
  readonly receivedAt: Date;
  readonly source: Buffer;
}

/** Does something signed in as a user of a server on this machine, as a mail program does, and signs out. */
export async function asUserOf<T>(
  port: number,
  auth: { readonly user: string; readonly pass: string },
  act: (client: ImapFlow) => Promise<T>,
): Promise<T> {
  const client = await signIn(port, auth);
  try {
    return await act(client);
  } finally {
    await client.logout().catch(() => client.close());
  }
}

export async function signIn(port: number, auth: { readonly user: string; readonly pass: string }): Promise<ImapFlow> {
  const client = new ImapFlow({
    ...{ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, logger: false, disableAutoIdle: true, auth },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Every mail of a mailbox, folder by folder; reading leaves no trace. */
export async function* mailsOf(client: ImapFlow): AsyncGenerator<OwnMail> {
  for (const { path, flags: folder } of await client.list()) {
    if (folder.has('\\Noselect')) continue;
    const { exists } = await client.mailboxOpen(path, { readOnly: true });
    if (exists === 0) continue;
    const query = { uid: true, flags: true, internalDate: true, source: true };
    for await (const { uid, flags = new Set<string>(), internalDate, source } of client.fetch('1:*', query)) {
      const shown = [...flags].filter((flag) => flag !== '\\Recent').sort();
      yield { path, uid, flags: shown, receivedAt: new Date(internalDate ?? 0), source: source ?? Buffer.alloc(0) };
    }
  }
}
