import { type Command, InvalidArgumentError } from 'commander';
import { clientFromEnvironment } from './client';
import { printable } from './printable';

interface Verification {
  readonly ok: boolean;
  readonly rows: number;
  readonly head: string;
  readonly brokenAt?: { readonly seq: number; readonly id: string | null; readonly problem: string };
  readonly keptAt?: number | null;
}

interface VerifyOptions {
  readonly head?: string;
  readonly json?: boolean;
}

/** The server answers when it has walked the whole chain: about 30,000 rows a second. */
const TIME_LIMIT_MS = 280_000;

/** Adds `audit verify`; `ended` gets the exit code. */
export function addAudit(command: (name: string, description: string) => Command, ended: (code: number) => void): void {
  command('audit', 'the audit: who did what')
    .command('verify')
    .description('walk the whole chain; exit code 1 where a row was changed, removed, inserted or reordered')
    .option('--head <hash>', 'a head that you kept: it must be in the chain', hashOf)
    .option('--json', 'print one JSON object')
    .action(async (_options: VerifyOptions, self: Command) => {
      ended(await verify(self.optsWithGlobals()));
    });
}

async function verify({ head, json }: VerifyOptions): Promise<number> {
  const query = head === undefined ? '' : `?head=${head}`;
  const { data } = await clientFromEnvironment().call<Verification>('GET', `/audit/verify${query}`, {
    timeLimitMs: TIME_LIMIT_MS,
  });
  if (json === true) process.stdout.write(`${JSON.stringify(data)}\n`);
  else if (data.ok) process.stdout.write(`${printable(wholeLine(data))}\n`);
  else process.stderr.write(`${printable(brokenLine(data))}\n`);
  return data.ok ? 0 : 1;
}

function wholeLine({ rows, head, keptAt }: Verification): string {
  const kept = typeof keptAt === 'number' ? `; the head that you kept is row ${keptAt}` : '';
  return `${rows} ${rows === 1 ? 'row' : 'rows'}, unbroken, head ${head}${kept}`;
}

function brokenLine({ rows, brokenAt, keptAt }: Verification): string {
  if (keptAt === null) return `Not found in ${rows} rows: ${brokenAt?.problem ?? 'the head that you kept'}`;
  const row = brokenAt === undefined ? 'a row' : `row ${brokenAt.seq}`;
  const id = brokenAt?.id === undefined || brokenAt.id === null ? '' : ` (${brokenAt.id})`;
  return `Broken at ${row}${id}: ${brokenAt?.problem ?? 'the server does not say why'}`;
}

function hashOf(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It is a hash of 64 hex digits.');
}
