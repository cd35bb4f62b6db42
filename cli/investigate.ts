import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { clientFromEnvironment } from './client';
import { followInvestigation } from './follow';
import { countsLine } from './views';

export interface InvestigateOptions {
  readonly file?: string;
  readonly sha256?: string;
  readonly url?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** Reports a file or a URL; with `--wait`, follows the investigation to its end. */
export async function investigate({ file, sha256, url, wait, json }: InvestigateOptions): Promise<number> {
  if ([file, sha256, url].filter((given) => given !== undefined).length !== 1) {
    process.stderr.write('Name exactly one of --file PATH, --sha256 HEX, --url URL\n');
    return 2;
  }
  const digest = file === undefined ? sha256 : createHash('sha256').update(readFileSync(file)).digest('hex');
  const entity = url === undefined ? { type: 'file', sha256: digest } : { type: 'url', url };
  const client = clientFromEnvironment();
  const opened = await client.call<{ id: string; status: string }>('POST', '/investigations', {
    body: { entities: [entity] },
  });
  if (wait !== true) {
    process.stdout.write(
      json === true ? `${JSON.stringify(opened.data)}\n` : `${opened.data.id} ${opened.data.status}\n`,
    );
    return 0;
  }
  const found = await followInvestigation(client, opened.data.id);
  if (json === true) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return 0;
  }
  process.stdout.write(`${found.id} ${found.status}\n`);
  for (const { id, status, outcomes, reasons } of found.actions) {
    const why = reasons.length === 0 ? '' : ` (waits: ${reasons.map(({ code }) => code).join(', ')})`;
    process.stdout.write(`  action ${id} ${status}: ${countsLine(outcomes)}${why}\n`);
  }
  return 0;
}
