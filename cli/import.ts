import { ApiError, clientFromEnvironment } from './client';
import { findMailFiles } from './import/files';
import { readMails } from './import/mails';
import { mailboxAddress } from './import/place';
import { createProgress } from './import/progress';
import { importMails, type ImportSummary } from './import/run';
import { printable } from './printable';

export interface ImportCommandOptions {
  readonly mailbox?: string;
  readonly json?: boolean;
}

/** Names that the summary shows; `--json` has them all. */
const NAMES_SHOWN = 20;

/** Stores the mail of a file, a folder, an mbox or a Maildir in mailboxes; run again, it adds nothing. */
export async function importCommand(path: string, { mailbox, json }: ImportCommandOptions): Promise<number> {
  const to = mailbox === undefined ? undefined : mailboxAddress(mailbox);
  if (to === null) {
    process.stderr.write('--mailbox needs a mail address\n');
    return 2;
  }
  const client = clientFromEnvironment();
  const files = await findMailFiles(path);
  const bytes = files.reduce((sum, file) => sum + ('size' in file ? file.size : 0), 0);
  const progress = createProgress(process.stderr, bytes, () => performance.now());
  let done = 0;
  try {
    const summary = await importMails(readMails(files), {
      client,
      mailbox: to,
      now: new Date(),
      onFailure: ({ name, error }) => progress.line(`${name}: ${error}`),
      onDone: (size) => {
        done++;
        progress.mailDone(size);
      },
    });
    progress.end();
    process.stdout.write(json === true ? `${JSON.stringify(summary)}\n` : summaryText(summary));
    return summary.failed.length === 0 ? 0 : 1;
  } catch (error) {
    progress.end();
    if (!(error instanceof ApiError)) throw error;
    throw new Error(`${error.message} (stopped after ${done} mails; run again, it goes on where it was)`, {
      cause: error,
    });
  }
}

/** The summary as lines for a person. */
export function summaryText(summary: ImportSummary): string {
  const { read, stored, copies, mailboxes, present, withoutRecipient, failed } = summary;
  const all = copies === stored ? '' : ` (${copies} copies)`;
  const names = withoutRecipient.slice(0, NAMES_SHOWN).map((name) => `  no recipient: ${printable(name)}\n`);
  const more = withoutRecipient.length - names.length;
  return [
    `${read} mails read: ${stored} stored${all} in ${mailboxes} mailboxes, ${present} there already, ${withoutRecipient.length} without a recipient, ${failed.length} failed\n`,
    ...names,
    ...(more > 0 ? [`  and ${more} more (--json names all)\n`] : []),
  ].join('');
}
