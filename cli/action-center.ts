import { type Command } from 'commander';
import { allPages } from './all-pages';
import { clientFromEnvironment } from './client';
import { printable } from './printable';
import { type ActionView, countsLine } from './views';

interface Options {
  readonly comment?: string;
  readonly json?: boolean;
}

interface StateView {
  readonly paused: boolean;
  readonly by: string;
  readonly since: string | null;
  readonly comment: string | null;
}

/** What each word does to an action. */
const WORDS = {
  approve: 'remove what a pending action holds',
  reject: 'leave what a pending action holds where it is',
  stop: 'stop a running action at its next batch',
} as const;

/** Adds `pending`, `approve`, `reject`, `stop`, `pause` and `resume`; `ended` gets the exit code. */
export function addActionCenter(
  command: (name: string, description: string) => Command,
  ended: (code: number) => void,
): void {
  command('pending', 'list the actions that wait for a person, with every reason').action(async (options: Options) => {
    ended(await pending(options));
  });
  for (const [word, description] of Object.entries(WORDS)) {
    command(`${word} <action>`, description)
      .option('--comment <text>', 'why, for the record')
      .action(async (id: string, options: Options) => {
        ended(await act(word, id, options));
      });
  }
  for (const [word, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    command(word, paused ? 'stop automation at its next batch' : 'let automation go on; starts nothing by itself')
      .option('--comment <text>', 'why, for the record')
      .action(async (options: Options) => {
        ended(await setState(paused, options));
      });
  }
}

async function pending({ json }: Options): Promise<number> {
  const items = await allPages<ActionView>(clientFromEnvironment(), '/actions?tab=pending');
  if (json === true) process.stdout.write(`${JSON.stringify({ items })}\n`);
  else if (items.length === 0) process.stdout.write('Nothing waits\n');
  else for (const action of items) process.stdout.write(pendingLines(action));
  return 0;
}

function pendingLines({ id, messageCount, mailboxCount, expiresAt, reasons }: ActionView): string {
  const head = `${id}  ${messageCount} messages in ${mailboxCount} mailboxes, until ${expiresAt ?? 'it is decided'}`;
  return [head, ...reasons.map(({ code, detail }) => `  ${code}: ${detail}`)]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

/** A decision that the workflow has not answered yet is kept by the server: done, as far as the person is concerned. */
async function act(word: string, id: string, { comment, json }: Options): Promise<number> {
  const body = comment === undefined ? {} : { comment };
  const { data, status } = await clientFromEnvironment().call<ActionView>(
    'POST',
    `/actions/${encodeURIComponent(id)}/${word}`,
    { body },
  );
  const kept = status === 202 ? ' (taken, not carried out yet)' : '';
  process.stdout.write(
    json === true
      ? `${JSON.stringify(data)}\n`
      : `${printable(`${data.id} ${data.status}: ${countsLine(data.outcomes)}${kept}`)}\n`,
  );
  return 0;
}

async function setState(paused: boolean, { comment, json }: Options): Promise<number> {
  const body = { paused, ...(comment === undefined ? {} : { comment }) };
  const { data } = await clientFromEnvironment().call<StateView>('PUT', '/automation/state', { body });
  const since = data.since === null ? '' : ` by ${data.by} since ${data.since}`;
  process.stdout.write(
    json === true
      ? `${JSON.stringify(data)}\n`
      : `${printable(`Automation is ${data.paused ? 'paused' : 'on'}${since}`)}\n`,
  );
  return 0;
}
