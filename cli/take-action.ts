import { type Command, Option } from 'commander';
import { createInterface } from 'node:readline/promises';
import { ACTION_TYPES } from '../domain/remediation';
import { type Client, clientFromEnvironment, EXPORT_MS } from './client';
import { addFilters, filterOf } from './explorer-filters';
import { followAction } from './follow';
import { printable } from './printable';
import { tableOf, type TableColumn } from './table';
import { type ActionView, countsLine } from './views';

interface Options extends Readonly<Record<string, unknown>> {
  readonly message?: readonly string[];
  readonly action: string;
  readonly name: string;
  readonly description?: string;
  readonly dryRun?: boolean;
  readonly csv?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** What a dry run answers, as far as it is shown. */
interface Preview {
  readonly messageCount: number;
  readonly mailboxCount: number;
  readonly leftOut: { readonly messages: number; readonly mailboxes: number };
  readonly locationCounts: Readonly<Record<string, number>>;
  readonly expected: Readonly<Record<string, number>>;
  readonly secondPersonNeeded: boolean;
  readonly sample: readonly {
    readonly id: string;
    readonly mailbox: string;
    readonly subject: string;
    readonly senderAddress: string;
    readonly receivedAt: string;
    readonly latestDeliveryLocation: string;
  }[];
  readonly selectionHash: string;
}

/** Statuses that end well: what was asked for is done, or is with a second person now. */
const WELL: readonly string[] = ['Completed', 'Pending'];

/** Adds `take-action`; `ended` gets the exit code. */
export function addTakeAction(
  command: (name: string, description: string) => Command,
  ended: (code: number) => void,
): void {
  addFilters(
    command('take-action', 'act on messages that were picked or that a filter finds; first it shows what it would do')
      .option('--message <id...>', 'messages, by their ids')
      .addOption(new Option('--action <what>', 'what to do').choices(ACTION_TYPES).makeOptionMandatory())
      .requiredOption('--name <text>', 'what to call it in the action center')
      .option('--description <text>', 'why, for the record')
      .option('--dry-run', 'only show what it would do')
      .option('--csv', 'with --dry-run: print what it would do with each message as CSV')
      .option('--yes', 'do it without asking')
      .option('--wait', 'follow it to its end, or until it waits for a second person'),
  ).action(async (options: Options) => {
    ended(await takeAction(options));
  });
}

async function takeAction(options: Options): Promise<number> {
  const { message: messageIds, action, name, description, json } = options;
  const filter = filterOf(options);
  const isPicked = messageIds !== undefined;
  if (isPicked === Object.keys(filter).length > 0) {
    process.stderr.write('Choose messages by --message ID…, or by filters such as --url, not by both\n');
    return 2;
  }
  if (options.csv === true && options.dryRun !== true) {
    process.stderr.write('--csv lists what would be done: say --dry-run with it\n');
    return 2;
  }
  const asksNobody = options.yes !== true && options.dryRun !== true && !process.stdin.isTTY;
  if (asksNobody) {
    process.stderr.write('There is no terminal to ask at: say --yes to act, or --dry-run to look\n');
    return 2;
  }
  const client = clientFromEnvironment();
  const order = {
    ...{ name, action, ...(description === undefined ? {} : { description }) },
    ...(isPicked ? { messageIds } : { filter }),
  };
  if (options.csv === true) {
    const { bytes } = await client.call('POST', '/remediations', {
      body: { ...order, dryRun: true },
      headers: { accept: 'text/csv' },
      timeLimitMs: EXPORT_MS,
    });
    process.stdout.write(bytes);
    return 0;
  }
  const { data: preview } = await client.call<Preview>('POST', '/remediations', { body: { ...order, dryRun: true } });
  if (json !== true) process.stdout.write(previewText(action, preview));
  if (options.dryRun === true) {
    if (json === true) process.stdout.write(`${JSON.stringify(preview)}\n`);
    return 0;
  }
  if (options.yes !== true && !(await isConfirmed(preview))) {
    process.stderr.write('Nothing was done\n');
    return 1;
  }
  const { selectionHash } = preview;
  const { data: started } = await client.call<ActionView>('POST', '/remediations', {
    body: { ...order, selectionHash },
  });
  return report(client, started, options);
}

async function report(client: Client, started: ActionView, { wait, json }: Options): Promise<number> {
  const shown = wait === true ? await followAction(client, started.id) : started;
  process.stdout.write(json === true ? `${JSON.stringify(shown)}\n` : `${printable(lineOf(shown))}\n`);
  return wait === true && !WELL.includes(shown.status) ? 1 : 0;
}

function lineOf({ id, status, outcomes, reasons, problem }: ActionView): string {
  const why = reasons.map(({ detail }) => ` (waits: ${detail})`).join('');
  const counts = status === 'Freezing' || status === 'Pending' ? '' : `: ${countsLine(outcomes)}`;
  return `${id} ${status}${counts}${why}${problem === null ? '' : `: ${problem.detail}`}`;
}

async function isConfirmed({ messageCount }: Preview): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`Do it with these ${messageCount} messages? [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

const COLUMNS: readonly TableColumn<Preview['sample'][number]>[] = [
  ['ID', ({ id }) => id, 24],
  ['RECEIVED', ({ receivedAt }) => receivedAt.replace(/\.\d+Z$/, 'Z'), 20],
  ['SUBJECT', ({ subject }) => subject, 40],
  ['MAILBOX', ({ mailbox }) => mailbox, 30],
  ['SENDER', ({ senderAddress }) => senderAddress, 30],
  ['LOCATION', ({ latestDeliveryLocation }) => latestDeliveryLocation, 22],
];

const EXPECTED: Readonly<Record<string, string>> = {
  toDo: 'to be worked',
  toRevert: 'to be put back for the action that removed them',
  alreadyThere: 'there already',
  alreadyGone: 'gone already',
};

function previewText(action: string, preview: Preview): string {
  const { messageCount, mailboxCount, leftOut, locationCounts, expected, secondPersonNeeded, sample } = preview;
  const expectedLine = Object.entries(expected)
    .filter(([, count]) => count > 0)
    .map(([key, count]) => `${count} ${EXPECTED[key] ?? key}`)
    .join(', ');
  const lines = [
    `${action}: ${messageCount} messages in ${mailboxCount} mailboxes: ${expectedLine}`,
    `now in: ${countsLine(locationCounts)}`,
    ...(leftOut.messages > 0
      ? [`left out: ${leftOut.messages} messages in ${leftOut.mailboxes} mailboxes that are excluded or no provider's`]
      : []),
    ...(secondPersonNeeded ? ['it will wait for a second person'] : []),
  ];
  const more = messageCount > sample.length ? `and ${messageCount - sample.length} more\n` : '';
  return `${lines.map((line) => `${line}\n`).join('')}${tableOf(COLUMNS, sample)}${more}`;
}
