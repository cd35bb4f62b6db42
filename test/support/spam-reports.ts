import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DovecotOptions } from '../../embedded/dovecot-config';

/**
 * The spam-reporting set-up of Dovecot's documentation: what is moved out of Junk is learnt as "not spam", unless the
 * lines `before` that have stopped the script; `prefix` is that of the namespace. What would be learnt from stands in {@link learntBy}.
 */
export function withSpamReports(dir: string, before: string, prefix = ''): Partial<DovecotOptions> {
  const [bin, report] = [join(dir, 'bin'), join(dir, 'report-ham.sieve')];
  mkdirSync(bin);
  writeFileSync(join(bin, 'learn-ham.sh'), `#!/bin/sh\ncat > /dev/null\necho ham >> ${join(dir, 'learnt')}\n`);
  writeFileSync(report, `${before}\npipe :copy "learn-ham.sh";\n`);
  // Dovecot runs nothing that others could change, and its processes are other users than root.
  for (const file of [dir, bin, join(bin, 'learn-ham.sh')]) chmodSync(file, 0o755);
  writeFileSync(join(dir, 'learnt'), '');
  chmodSync(join(dir, 'learnt'), 0o666);
  return {
    prefix,
    plugins: ['imap_sieve'],
    pluginLines: [
      ...['sieve_plugins = sieve_imapsieve sieve_extprograms', `sieve_pipe_bin_dir = ${bin}`],
      'sieve_global_extensions = +vnd.dovecot.pipe +vnd.dovecot.environment',
      ...['imapsieve_mailbox1_name = *', `imapsieve_mailbox1_from = ${prefix}Junk`, 'imapsieve_mailbox1_causes = COPY'],
      `imapsieve_mailbox1_before = file:${report}`,
    ],
  };
}

/** How many mails were learnt as "not spam". */
export function learntBy(dir: string): number {
  return readFileSync(join(dir, 'learnt'), 'utf8').split('\n').length - 1;
}

/** The exception that our documentation gives for that script, word for word. */
export function documentedException(): string {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'imap.md'), 'utf8');
  const [, block] = /^\*\*Junk\.\*\*[^]*?^```\n([^]*?)^```$/m.exec(page) ?? [];
  if (block === undefined) throw new Error('docs/imap.md gives no exception for moves out of Junk');
  return block;
}
