import { ApiError, type Client } from '../client';

/** What lies in the mailboxes already, by SHA-256: read from the server once a mailbox, then kept up to date. */
export interface Presence {
  /** Whether the mailbox lacked the mail; from now on it counts as there. */
  claim(mailbox: string, sha256: string): Promise<boolean>;
  /** The mail did not get there after all. */
  release(mailbox: string, sha256: string): Promise<void>;
}

interface MessagePage {
  readonly items: readonly { readonly sha256: string }[];
  readonly nextCursor: string | null;
}

/** The largest page that the API gives. */
const PAGE = 500;

export function createPresence(client: Client): Presence {
  const mailboxes = new Map<string, Promise<Set<string>>>();
  const digestsIn = (mailbox: string): Promise<Set<string>> => {
    const known = mailboxes.get(mailbox);
    if (known !== undefined) return known;
    const listing = listDigests(client, mailbox);
    mailboxes.set(mailbox, listing);
    // A listing that failed is asked for again by the next mail.
    listing.catch(() => mailboxes.delete(mailbox));
    return listing;
  };
  return {
    async claim(mailbox, sha256) {
      const digests = await digestsIn(mailbox);
      if (digests.has(sha256)) return false;
      digests.add(sha256);
      return true;
    },
    async release(mailbox, sha256) {
      (await digestsIn(mailbox)).delete(sha256);
    },
  };
}

/** Every mail of a mailbox in all folders, Recoverable Items too: what was taken out is not imported again. */
async function listDigests(client: Client, mailbox: string): Promise<Set<string>> {
  const digests = new Set<string>();
  const path = `/mailboxes/${encodeURIComponent(mailbox)}/messages?limit=${PAGE}`;
  try {
    for (let cursor: string | null = ''; cursor !== null;) {
      const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { data } = await client.call<MessagePage>('GET', `${path}${after}`);
      for (const { sha256 } of data.items) digests.add(sha256);
      cursor = data.nextCursor;
    }
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
  return digests;
}
