import { createHash } from 'node:crypto';
import { campaignMail, EICAR_SHA256 } from '../embedded/sample/eicar';
import { ApiError, type Client, clientFromEnvironment } from './client';
import { runMainJob } from './main-job';

const COPIES = 40;
/** A user's delete takes three steps: to Deleted Items, to Recoverable Items, gone. */
const DELETE_STEPS = 3;

interface Delivered {
  readonly id: string;
  readonly mailbox: string;
  readonly sha256: string;
}

interface Row {
  readonly id: string;
  readonly folder: string;
  readonly flags: readonly string[];
  readonly sha256: string;
}

/**
 * The main job against a running server, on mail of its own: a campaign with the EICAR test file, an alert, the removal,
 * the way back, each mail compared with what was sent. Touches only mailboxes that it makes and clears them afterwards.
 */
export async function demo({ json = false }: { readonly json?: boolean }): Promise<number> {
  const client = clientFromEnvironment();
  const say = (line: string): void => {
    if (!json) process.stdout.write(`${line}\n`);
  };
  const run = Date.now().toString(36);
  const mailboxes = Array.from({ length: COPIES }, (_, at) => `demo-${run}-${at + 1}@clawback.example`);
  await refuseOthers(client, mailboxes);
  const delivered = await Promise.all(mailboxes.map((mailbox, at) => deliver(client, mailbox, at)));
  try {
    say(`A campaign: ${COPIES} mails from 12 senders to ${COPIES} mailboxes, each with the EICAR test file`);
    const result = await runMainJob(client, { type: 'file', sha256: EICAR_SHA256 }, say);
    const intact = (await Promise.all(delivered.map((mail) => isIntact(client, mail)))).filter(Boolean).length;
    say(`  ${intact} of ${COPIES} mails are back in their folder, byte for byte, flags included`);
    const ok = intact === COPIES && result.removed === COPIES && result.restored === COPIES;
    if (json) {
      const { investigation, removed, restored } = result;
      process.stdout.write(
        `${JSON.stringify({ ok, investigationId: investigation.id, status: investigation.status, removed, restored, intact })}\n`,
      );
    }
    return ok ? 0 : 1;
  } finally {
    for (let step = 0; step < DELETE_STEPS; step++) {
      await Promise.allSettled(delivered.map(({ id }) => client.call('DELETE', `/messages/${id}`)));
    }
  }
}

async function refuseOthers(client: Client, mailboxes: readonly string[]): Promise<void> {
  for (const mailbox of mailboxes) {
    const exists = await client.call('GET', `/mailboxes/${mailbox}`).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return false;
        throw error;
      },
    );
    if (exists) throw new Error(`The mailbox ${mailbox} exists already: the demo touches only mailboxes that it made`);
  }
}

async function deliver(client: Client, mailbox: string, at: number): Promise<Delivered> {
  const bytes = campaignMail(at, mailbox);
  const folder = at % 5 === 0 ? 'junkemail' : 'inbox';
  const { data } = await client.call<{ id: string }>(
    'POST',
    `/mailboxes/${mailbox}/messages?folder=${folder}&flags=${encodeURIComponent('\\Seen')}`,
    { raw: { bytes, type: 'message/rfc822' } },
  );
  return { id: data.id, mailbox, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function isIntact(client: Client, { id, mailbox, sha256 }: Delivered): Promise<boolean> {
  const [raw, listed] = await Promise.all([
    client.call('GET', `/messages/${id}/raw`),
    client.call<{ items: Row[] }>('GET', `/mailboxes/${mailbox}/messages`),
  ]);
  const row = listed.data.items.find((item) => item.id === id);
  return (
    createHash('sha256').update(raw.bytes).digest('hex') === sha256 &&
    row !== undefined &&
    ['inbox', 'junkemail'].includes(row.folder) &&
    row.flags.includes('\\Seen')
  );
}
