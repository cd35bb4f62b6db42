import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';

export type KeyPath = readonly PropertyKey[];

/** Something that is wrong: the key, and what is wrong with it and what it takes. */
export interface Problem {
  readonly path: KeyPath;
  readonly says: string;
  /** The line, counted from 1, where it is not the one of the key. */
  readonly line?: number;
}

export interface ParsedYaml {
  /** `undefined` where the text is no YAML that can be read. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** The line of a key, counted from 1; of what it would stand in, where it is missing. */
  lineOf(path: KeyPath): number;
}

/** How often a file may repeat what it says by `*alias`, with the aliases in what it repeats. */
const MAX_ALIASES = 100;
/** Lists in lists that start on one line: so many that the parser's own stack would not do. */
const NESTED = /^[ \t]*(?:[-?:][ \t]+){20}/m;

/** What the parser says may quote the file, and so a secret: its codes do not. */
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_INDENT: 'a line is indented otherwise than its block',
  BAD_SCALAR_START: 'a value that starts with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a block stands where a key has to',
  BLOCK_IN_FLOW: 'a block stands between brackets',
  MISSING_CHAR: 'a quote, a bracket, a comma or a colon is missing, here or above',
  MULTIPLE_DOCS: 'there is more than one document',
  NON_STRING_KEY: 'a key is not a plain word',
  RESOURCE_EXHAUSTION: 'it nests too deeply',
  TAB_AS_INDENT: 'it is indented with a tab; YAML takes spaces',
  TAG_RESOLVE_FAILED: 'a value has a tag, such as !name; it takes plain values',
};

/** Reads YAML 1.2 of plain values. What is wrong never quotes the text. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const nested = NESTED.exec(text);
  if (nested !== null) return unreadable('RESOURCE_EXHAUSTION', text.slice(0, nested.index).split('\n').length);
  const document = parseDocument(text, {
    ...{ lineCounter: lines, prettyErrors: false, logLevel: 'error' },
    // Their check takes the square of a map's size, and does not say which key it is.
    uniqueKeys: false,
    ...{ stringKeys: true, resolveKnownTags: false },
  });
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong !== undefined) return unreadable(wrong.code, lineAt(lines, wrong.pos[0]));
  const problems = [...problemsIn(document.contents, [], { lines, anchors: new Set() })];
  try {
    return {
      value: document.toJS({ maxAliasCount: MAX_ALIASES }),
      problems,
      lineOf: (path) => lineAt(lines, offsetOf(document, path)),
    };
  } catch {
    // An alias that leads nowhere, or too many of them.
    const many = { path: [], says: `repeats itself by aliases more than ${MAX_ALIASES} times`, line: 1 };
    return { value: undefined, problems: problems.length > 0 ? problems : [many], lineOf: () => 1 };
  }
}

function unreadable(code: string, line: number): ParsedYaml {
  const says = `is not valid YAML: ${SYNTAX[code] ?? code}`;
  return { value: undefined, problems: [{ path: [], says, line }], lineOf: () => line };
}

interface Walk {
  readonly lines: LineCounter;
  /** The anchors so far: an alias means one above it. */
  readonly anchors: Set<string>;
}

/** Keys that are there twice, and aliases that lead nowhere. */
function* problemsIn(node: unknown, path: KeyPath, walk: Walk): Generator<Problem> {
  const { lines, anchors } = walk;
  if (isAlias(node) && !anchors.has(node.source)) {
    const says = 'is an alias of nothing; a value that starts with * needs quotes';
    yield { path, says, line: lineOfNode(node, lines) };
  }
  if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) anchors.add(node.anchor);
  if (isSeq(node)) {
    for (const [at, item] of node.items.entries()) yield* problemsIn(item, [...path, at], walk);
  }
  if (!isMap(node)) return;
  const seen = new Set<string>();
  for (const { key, value } of node.items) {
    const name = nameOf(key);
    if (seen.has(name)) yield { path: [...path, name], says: 'is there twice', line: lineOfNode(key, lines) };
    seen.add(name);
    yield* problemsIn(value, [...path, name], walk);
  }
}

/** Where a key starts; what it would stand in, where there is no such key. */
function offsetOf(document: Document.Parsed, path: KeyPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const key of path) {
    const inside = isAlias(node) ? node.resolve(document) : node;
    if (isMap(inside)) {
      // The last of two that are the same is the one that counts.
      const pair = inside.items.findLast((item) => nameOf(item.key) === String(key));
      if (pair === undefined) return offset;
      offset = startOf(pair.key);
      node = pair.value;
    } else if (isSeq(inside) && inside.items[Number(key)] !== undefined) {
      node = inside.items[Number(key)];
      offset = startOf(node);
    } else return offset;
  }
  return offset;
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

function lineOfNode(node: unknown, lines: LineCounter): number {
  return lineAt(lines, startOf(node));
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

function lineAt(lines: LineCounter, offset: number): number {
  return Math.max(1, lines.linePos(offset).line);
}
