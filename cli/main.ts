#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { api, worker } from './roles';
import { demo } from './demo';
import { investigate, type InvestigateOptions } from './investigate';
import { revert } from './revert';
import { settings } from './settings';
import { up, type UpOptions } from './up';

const USAGE = 2;

/** Runs one command and ends with its exit code: 0 done, 1 failed, 2 wrong usage. */
async function main(): Promise<void> {
  const program = new Command('clawback')
    .description('Takes malicious mail back after delivery, and can put it back')
    .showHelpAfterError()
    .exitOverride();
  let code = 0;
  const command = (name: string, description: string): Command =>
    program.command(name).description(description).exitOverride().option('--json', 'print one JSON object');

  command('up', 'run everything on this machine')
    .option('--port <port>', 'port of the API')
    .option('--data <folder>', 'data folder')
    .option('--sample', 'load the sample mail and show the main job')
    .option('--no-console', 'without the web console (none is built yet)')
    .action(async (options: UpOptions) => {
      code = await up(options);
    });
  command('demo', 'show the main job against the running server, on mail of its own').action(
    async (options: { json?: boolean }) => {
      code = await demo(options);
    },
  );
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
  command('worker', 'the worker alone').action(async () => {
    code = await worker();
  });
  command('api', 'the API alone').action(async () => {
    code = await api();
  });

  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exit(error.exitCode === 0 ? 0 : USAGE);
    }
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
  process.exit(code);
}

void main();
