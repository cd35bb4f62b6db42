import { type Command } from 'commander';
import { clientFromEnvironment, EXPORT_MS } from './client';
import { addFilters, filterOf } from './explorer-filters';
import { tableOf, type TableColumn } from './table';

interface RowView {
  readonly id: string;
  readonly receivedAt: string;
  readonly subject: string;
  readonly mailbox: string;
  readonly senderAddress: string;
  readonly latestDeliveryLocation: string;
  readonly additionalActions: readonly string[];
  readonly threats: readonly string[];
}

interface PageView {
  readonly items: readonly RowView[];
  readonly nextCursor: string | null;
  readonly total: number;
  readonly totalIsAtLeast?: true;
}

interface Options extends Readonly<Record<string, unknown>> {
  readonly limit?: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

const COLUMNS: readonly TableColumn<RowView>[] = [
  ['ID', ({ id }) => id, 24],
  ['RECEIVED', ({ receivedAt }) => receivedAt.replace(/\.\d+Z$/, 'Z'), 20],
  ['SUBJECT', ({ subject }) => subject, 40],
  ['MAILBOX', ({ mailbox }) => mailbox, 30],
  ['SENDER', ({ senderAddress }) => senderAddress, 30],
  ['LOCATION', ({ latestDeliveryLocation }) => latestDeliveryLocation, 22],
  ['ACTIONS', ({ additionalActions }) => additionalActions.join(', '), 52],
  ['THREATS', ({ threats }) => threats.join(' '), 18],
];

/** Adds `explore`; `ended` gets the exit code. */
export function addExplore(
  command: (name: string, description: string) => Command,
  ended: (code: number) => void,
): void {
  addFilters(command('explore', 'find messages, newest first'))
    .option('--limit <count>', 'how many to show, up to 500', '50')
    .option('--csv', 'print all of them as CSV, up to 200,000')
    .action(async (options: Options) => {
      ended(await explore(options));
    });
}

async function explore({ limit = '50', csv, json, ...options }: Options): Promise<number> {
  const client = clientFromEnvironment();
  const filter = filterOf(options);
  if (csv === true) {
    const { bytes } = await client.call('GET', `/messages?${new URLSearchParams(filter).toString()}`, {
      headers: { accept: 'text/csv' },
      timeLimitMs: EXPORT_MS,
    });
    process.stdout.write(bytes);
    return 0;
  }
  const query = new URLSearchParams({ ...filter, limit });
  const { data } = await client.call<PageView>('GET', `/messages?${query.toString()}`);
  process.stdout.write(json === true ? `${JSON.stringify(data)}\n` : pageText(data));
  return 0;
}

function pageText({ items, total, totalIsAtLeast }: PageView): string {
  if (items.length === 0) return 'No message is like that\n';
  const all = totalIsAtLeast === true ? `more than ${total}` : String(total);
  const shown =
    items.length < total || totalIsAtLeast === true
      ? `The newest ${items.length} of ${all} messages`
      : `${all} messages`;
  return `${tableOf(COLUMNS, items)}${shown}\n`;
}
