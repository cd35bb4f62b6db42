import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMail } from '../mail/parse/parse-mail';

/** A mail that takes longer than this to read is worth a look. */
const SLOW_MS = 1_000;

/** Reads every file of a folder as a mail and prints a line for each: for trying the parser on odd mail. */
async function main(folder: string | undefined): Promise<number> {
  if (folder === undefined) {
    process.stderr.write('Usage: npm run parse -- DIR\n');
    return 2;
  }
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const total = { mails: 0, ms: 0, slowest: 0, defects: 0, limits: 0 };
  for (const { parentPath, name } of files) {
    const start = performance.now();
    const mail = await parseMail(readFileSync(join(parentPath, name)));
    const ms = performance.now() - start;
    total.mails++;
    total.ms += ms;
    total.slowest = Math.max(total.slowest, ms);
    total.defects += mail.defects.length === 0 ? 0 : 1;
    total.limits += mail.brokenLimits.length === 0 ? 0 : 1;
    const notes = [...mail.defects, ...mail.brokenLimits, ...(ms > SLOW_MS ? ['slow'] : [])].join(' ');
    process.stdout.write(
      `${name} · ${mail.attachments.length} files · ${mail.urls.length} URLs · ${ms.toFixed(1)} ms${notes === '' ? '' : ` · ${notes}`}\n`,
    );
  }
  process.stdout.write(
    `${total.mails} mails read, ${total.defects} with defects, ${total.limits} over a limit, ${(total.ms / Math.max(1, total.mails)).toFixed(2)} ms each, slowest ${total.slowest.toFixed(1)} ms\n`,
  );
  return 0;
}

void main(process.argv[2]).then((code) => {
  process.exitCode = code;
});
