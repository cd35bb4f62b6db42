import { type Command, InvalidArgumentError, Option } from 'commander';
import { ROLES } from '../api/auth';
import { allPages } from './all-pages';
import { clientFromEnvironment } from './client';
import { printable } from './printable';

interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
}

interface Json {
  readonly json?: boolean;
}

interface CreateOptions extends Json {
  readonly role: readonly string[];
  readonly expires?: string;
}

/** Adds `tokens`, `tokens create` and `tokens delete`; `ended` gets the exit code. */
export function addTokens(
  command: (name: string, description: string) => Command,
  ended: (code: number) => void,
): void {
  const tokens = command('tokens', 'list the tokens, or make or delete one').action(async (options: Json) => {
    ended(await list(options));
  });
  tokens
    .command('create <name>')
    .description('make a token; its secret is printed now and never again')
    .addOption(
      new Option('--role <role>', `what it may; again for each: ${ROLES.join(', ')}`)
        .argParser(roleOf)
        .makeOptionMandatory(),
    )
    .option('--expires <time>', 'when it stops working: 2030-01-31 or 2030-01-31T12:00:00Z', timeOf)
    .option('--json', 'print one JSON object')
    .action(async (name: string, _options: CreateOptions, self: Command) => {
      ended(await create(name, self.optsWithGlobals()));
    });
  tokens
    .command('delete <id>')
    .description('delete a token: it stops working at once')
    .option('--json', 'print one JSON object')
    .action(async (id: string, _options: Json, self: Command) => {
      ended(await remove(id, self.optsWithGlobals()));
    });
}

async function list({ json }: Json): Promise<number> {
  const items = await allPages<TokenView>(clientFromEnvironment(), '/tokens');
  if (json === true) process.stdout.write(`${JSON.stringify({ items })}\n`);
  else for (const token of items) process.stdout.write(`${printable(lineOf(token))}\n`);
  return 0;
}

async function create(name: string, { role, expires, json }: CreateOptions): Promise<number> {
  const { data } = await clientFromEnvironment().call<TokenView & { readonly token: string }>('POST', '/tokens', {
    body: { name, roles: role, ...(expires === undefined ? {} : { expiresAt: expires }) },
  });
  if (json === true) process.stdout.write(`${JSON.stringify(data)}\n`);
  else process.stdout.write(`${printable(lineOf(data))}\n${printable(`Secret, shown once: ${data.token}`)}\n`);
  return 0;
}

async function remove(id: string, { json }: Json): Promise<number> {
  await clientFromEnvironment().call('DELETE', `/tokens/${encodeURIComponent(id)}`);
  process.stdout.write(json === true ? `${JSON.stringify({ id, deleted: true })}\n` : `${printable(id)} deleted\n`);
  return 0;
}

function lineOf({ id, name, roles, expiresAt, lastUsedAt }: TokenView): string {
  const expires = expiresAt === null ? 'never expires' : `expires ${expiresAt}`;
  const used = lastUsedAt === null ? 'never used' : `last used ${lastUsedAt}`;
  return `${id}  ${name}  ${roles.join(',')}  ${expires}  ${used}`;
}

function roleOf(text: string, before: readonly string[] = []): readonly string[] {
  if ((ROLES as readonly string[]).includes(text)) return [...before, text];
  throw new InvalidArgumentError(`Roles are ${ROLES.join(', ')}.`);
}

const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** A day (its start, UTC) or a time with its zone, as the API takes it. */
function timeOf(text: string): string {
  const at = new Date(TIME.test(text) ? text : NaN);
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('It is a day or a time, such as 2030-01-31T12:00:00Z.');
  return at.toISOString();
}
