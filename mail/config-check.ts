import { type EmbeddedConfig, type ProviderConfig } from './config';
import { type Listed, problemsOfTwice } from './config-addresses';
import { checkImap, type Surroundings } from './config-imap';
import { embeddedSchema, keyOf, problemsOf, rootSchema } from './config-schema';
import { type KeyPath, type Problem } from './config-yaml';

/** A provider that can be used, and where its mailboxes are named, in their order. */
export interface CheckedProvider {
  readonly provider: ProviderConfig;
  readonly listed: readonly Listed[];
}

interface Checked {
  readonly provider: ProviderConfig | null;
  readonly listed: readonly Listed[];
  readonly problems: readonly Problem[];
}

/** Checks the whole of a configuration: every provider by itself, and all of them together. */
export function checkProviders(
  value: unknown,
  surroundings: Surroundings,
): { readonly providers: readonly CheckedProvider[]; readonly problems: readonly Problem[] } {
  const root = rootSchema.safeParse(value);
  const given = keyOf(value, 'providers');
  const raws: readonly unknown[] = Array.isArray(given) ? given : [];
  const checked = raws.map((raw, at) => checkProvider(raw, ['providers', at], surroundings));
  return {
    providers: checked.flatMap(({ provider, listed }) => (provider === null ? [] : { provider, listed })),
    problems: [
      ...(root.success ? [] : problemsOf(root.error, value, [])),
      ...checked.flatMap(({ problems }) => problems),
      ...problemsTogether(raws),
      ...problemsOfTwice(checked.flatMap(({ listed }) => listed)),
    ],
  };
}

function checkProvider(raw: unknown, path: KeyPath, surroundings: Surroundings): Checked {
  const type = keyOf(raw, 'type');
  if (type === 'imap') return checkImap(raw, path, surroundings);
  if (type === 'embedded') return checkEmbedded(raw, path);
  return { provider: null, listed: [], problems: [withoutType(raw, path)] };
}

function checkEmbedded(raw: unknown, path: KeyPath): Checked {
  const parsed = embeddedSchema.safeParse(raw);
  const provider: EmbeddedConfig | null = parsed.success ? parsed.data : null;
  return { provider, listed: [], problems: parsed.success ? [] : problemsOf(parsed.error, raw, path) };
}

function withoutType(raw: unknown, path: KeyPath): Problem {
  if (typeof raw !== 'object' || raw === null) return { path, says: 'is not a block of name, type and more' };
  const type = keyOf(raw, 'type');
  const wrong =
    type === undefined ? 'is missing' : type === 'graph' ? 'graph is not built yet' : 'is no type of provider';
  return { path: [...path, 'type'], says: `${wrong}; it takes imap or embedded` };
}

/** Names that are there twice, and more than one set of embedded mailboxes. */
function problemsTogether(raws: readonly unknown[]): Problem[] {
  const names = raws.map((raw) => keyOf(raw, 'name'));
  const embedded = raws.findIndex((raw) => keyOf(raw, 'type') === 'embedded');
  return raws.flatMap((raw, at) => {
    const path = ['providers', at];
    const first = names.indexOf(names[at]);
    const again = typeof names[at] === 'string' && first < at;
    const another = keyOf(raw, 'type') === 'embedded' && embedded < at;
    return [
      ...(again
        ? [{ path: [...path, 'name'], says: `is the name of providers.${first} too; it takes another one` }]
        : []),
      ...(another ? [{ path: [...path, 'type'], says: `embedded is there already, as providers.${embedded}` }] : []),
    ];
  });
}
