import { type Command } from 'commander';
import { inTurns } from '../domain/in-turns';
import { allPages } from './all-pages';
import { clientFromEnvironment } from './client';
import { printable } from './printable';

interface Finding {
  readonly code: string;
  readonly detail: string;
  readonly unsafe: boolean;
}

interface MailboxView {
  readonly address: string;
  readonly provider: string;
  readonly messageCount: number;
  readonly retentionDays: number | null;
  readonly hold: { readonly reason: string; readonly reference: string } | null;
  readonly health: string;
  readonly healthSince: string | null;
  readonly probe: {
    readonly extensions: readonly string[];
    readonly findings: readonly Finding[];
    readonly recoverableVisible: boolean | null;
  } | null;
}

interface Json {
  readonly json?: boolean;
}

/** Adds `mailboxes` and `mailboxes check`; `ended` gets the exit code. */
export function addMailboxes(
  command: (name: string, description: string) => Command,
  ended: (code: number) => void,
): void {
  const mailboxes = command('mailboxes', 'list the mailboxes, or look whether they can be handled safely').action(
    async (options: Json) => {
      ended(await list(options));
    },
  );
  mailboxes
    .command('check [addresses...]')
    .description('try out mailboxes at IMAP servers with a test message of our own; by default all of them')
    .option('--json', 'print one JSON object')
    .action(async (addresses: readonly string[], _options: Json, self: Command) => {
      ended(await check(addresses, self.optsWithGlobals()));
    });
}

async function list({ json }: Json): Promise<number> {
  const items = await allPages<MailboxView>(clientFromEnvironment(), '/mailboxes');
  if (json === true) process.stdout.write(`${JSON.stringify({ items })}\n`);
  else for (const mailbox of items) process.stdout.write(`${printable(lineOf(mailbox))}\n`);
  return 0;
}

/** A mailbox that is away is noticed after some seconds: the others need not wait for that. */
const AT_ONCE = 4;

/** Fails where a mailbox cannot be handled safely, or cannot be reached. Each is asked once: asking again locks accounts. */
async function check(addresses: readonly string[], { json }: Json): Promise<number> {
  const client = clientFromEnvironment();
  const all = addresses.length > 0 ? addresses : await imapAddresses();
  const tell = (lines: readonly string[]): void => {
    if (json !== true) process.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
  };
  const checked = await inTurns(all, AT_ONCE, async (address) => {
    try {
      const path = `/mailboxes/${encodeURIComponent(address)}/check`;
      const { data } = await client.call<MailboxView>('POST', path, { body: {}, once: true });
      tell(foundOf(data));
      return { item: data, isSafe: data.probe?.findings.every(({ unsafe }) => !unsafe) === true };
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      tell([`${address}  could not be checked: ${said}`]);
      return { item: { address, error: said }, isSafe: false };
    }
  });
  const items = checked.map(({ item }) => item);
  if (json === true) process.stdout.write(`${JSON.stringify({ items })}\n`);
  return checked.every(({ isSafe }) => isSafe) ? 0 : 1;
}

async function imapAddresses(): Promise<string[]> {
  const items = await allPages<MailboxView>(clientFromEnvironment(), '/mailboxes');
  // One that is configured no more is nobody's: there is no server to ask.
  const asked = items.filter(({ provider, health }) => provider !== 'embedded' && health !== 'notConfigured');
  return asked.map(({ address }) => address);
}

function lineOf({
  address,
  provider,
  messageCount,
  retentionDays,
  hold,
  health,
  healthSince,
  probe,
}: MailboxView): string {
  const retention = retentionDays === null ? 'unknown' : `${retentionDays} days`;
  const held = hold === null ? 'no hold' : `hold: ${hold.reason} (${hold.reference})`;
  const since = health === 'ok' || healthSince === null ? '' : ` since ${healthSince}`;
  const unsafe = probe?.findings.find((finding) => finding.unsafe);
  const safety = unsafe === undefined ? '' : `  unsafe: ${unsafe.code}`;
  return `${address}  ${provider}  ${health}${since}  ${messageCount} messages  retention ${retention}  ${held}${safety}`;
}

function foundOf({ address, probe }: MailboxView): string[] {
  if (probe === null) return [`${address}  was not checked`];
  const { extensions, findings, recoverableVisible } = probe;
  const verdict = findings.some(({ unsafe }) => unsafe) ? 'unsafe: automation leaves it alone' : 'safe';
  const visible = recoverableVisible === true ? '; the recoverable folder is subscribed: its user sees it' : '';
  return [
    `${address}  ${verdict}  (${extensions.join(' ')})${visible}`,
    ...findings.map(({ code, detail, unsafe }) => `  ${unsafe ? 'unsafe' : 'note'}  ${code}: ${detail}`),
  ];
}
