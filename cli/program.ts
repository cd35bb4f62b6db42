import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ConfigError } from '../api/config';
import { addActionCenter } from './action-center';
import { addAudit } from './audit';
import { ApiError } from './client';
import { demo } from './demo';
import { addExplore } from './explore';
import { importCommand, type ImportCommandOptions } from './import';
import { investigate, type InvestigateOptions } from './investigate';
import { addMailboxes } from './mailboxes';
import { printable } from './printable';
import { revert } from './revert';
import { settings } from './settings';
import { addTakeAction } from './take-action';
import { addTokens } from './tokens';
import type { UpOptions } from './up';

const USAGE = 2;

/** Runs one command and answers its exit code: 0 done, 1 failed, 2 wrong usage. Errors are one line on stderr. */
export async function run(words: readonly string[]): Promise<number> {
  const program = new Command('clawback')
    .description('Takes malicious mail back after delivery, and can put it back')
    .configureOutput({ outputError: (text, write) => write(`${text.trimEnd().replace(/\n/g, ' ')}\n`) })
    .exitOverride();
  let code = 0;
  const command = (name: string, description: string): Command =>
    program.command(name).description(description).exitOverride().option('--json', 'print one JSON object');

  command('up', 'run everything on this machine')
    .option('--port <port>', 'port of the API', portOf)
    .option('--data <folder>', 'data folder')
    .option('--sample', 'load the sample mail and show the main job')
    .option('--no-console', 'without the web console')
    .action(async (options: UpOptions) => {
      // The servers' code is loaded by who runs them alone: the other commands start in half the time.
      code = await (await import('./up.js')).up(options);
    });
  command('demo', 'show the main job against the running server, on mail of its own')
    .option('--imap', 'on a Dovecot and servers of its own instead: 200 mailboxes, compared with before')
    .action(async ({ imap, ...options }: { json?: boolean; imap?: boolean }) => {
      code = imap === true ? await (await import('./demo-imap.js')).demoImap(options) : await demo(options);
    });
  command('import <path>', 'store mail in mailboxes: a .eml file, a folder of them, an mbox or a Maildir')
    .option('--mailbox <address>', 'where everything goes; else each mail goes to the recipients in its headers')
    .addHelpText('after', '\nA mail whose bytes a mailbox holds already is left out: running it again adds nothing.')
    .action(async (path: string, options: ImportCommandOptions) => {
      code = await importCommand(path, options);
    });
  command('investigate', 'report a malicious file or URL')
    .option('--file <path>', 'a file, by its SHA-256')
    .option('--sha256 <hex>', 'the SHA-256 of a file')
    .option('--url <url>', 'a URL')
    .option('--wait', 'follow the investigation to its end')
    .action(async (options: InvestigateOptions) => {
      code = await investigate(options);
    });
  command('revert <action>', 'put back what an action removed')
    .addOption(new Option('--to <place>', 'where to').choices(['original', 'inbox', 'junk']).default('original'))
    .action(async (action: string, options: { to: string; json?: boolean }) => {
      code = await revert(action, options);
    });
  command('settings [changes...]', 'show or change the settings of automation').action(
    async (changes: string[], options: { json?: boolean }) => {
      code = await settings(changes, options);
    },
  );
  addTakeAction(command, (ended) => (code = ended));
  addActionCenter(command, (ended) => (code = ended));
  addExplore(command, (ended) => (code = ended));
  addTokens(command, (ended) => (code = ended));
  addMailboxes(command, (ended) => (code = ended));
  addAudit(command, (ended) => (code = ended));
  command('worker', 'the worker alone').action(async () => {
    code = await (await import('./roles.js')).worker();
  });
  command('api', 'the API alone').action(async () => {
    code = await (await import('./roles.js')).api();
  });

  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    for (const line of linesOf(error)) process.stderr.write(`${printable(line)}\n`);
    // What the server takes for a bad request was wrong usage of the command.
    return error instanceof ApiError && error.status === 400 ? USAGE : 1;
  }
  return code;
}

/**
 * An error as one line, that of the configuration as one for each thing that is wrong; a file that cannot be read is
 * named, in words.
 */
function linesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const { code, path } = error as NodeJS.ErrnoException;
  if (path !== undefined && code !== undefined) return [`${path} cannot be read or written (${code})`];
  return error instanceof ConfigError ? error.message.split('\n') : [error.message];
}

function portOf(text: string): string {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return text;
  throw new InvalidArgumentError('It is a number up to 65535.');
}
