import { createHash } from 'node:crypto';
import { newId } from './collection';

/** What happened, as the room that saw it says it. */
export interface AuditEvent {
  readonly at: Date;
  /** A token's name, or `Automation`, `System`, `Temporal operator`. */
  readonly subject: string;
  readonly token: string | null;
  readonly ip: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly result: string;
  readonly requestId: string | null;
}

/** An event that has its id: written twice, it is still one row. */
export interface IdentifiedEvent extends AuditEvent {
  readonly _id: string;
}

/** One link of the chain. */
export interface AuditDoc extends IdentifiedEvent {
  /** 1, 2, 3, … without a gap. */
  readonly seq: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** Where the chain ends. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string;
}

/** The end of a chain without rows: what the first row has as `previousHash`. */
export const CHAIN_START: ChainEnd = { seq: 0, hash: '0'.repeat(64) };

/** A row as the API, the copies and an outside check see it. */
export function auditView({ _id, at, ...rest }: AuditDoc) {
  return { id: _id, at: timeOf(at), ...rest };
}
export type AuditView = ReturnType<typeof auditView>;

/**
 * The hash of a row: SHA-256 over the JSON of everything that {@link auditView} shows but `hash`, with the keys of every
 * object in order and no blanks. Total: also a row that somebody spoiled has one.
 */
export function hashOf(row: Omit<AuditDoc, 'hash'>): string {
  const shown = { ...auditView(row as AuditDoc), hash: undefined };
  return createHash('sha256').update(canonical(shown)).digest('hex');
}

/** Gives an event its id: a new one, or, with `once`, always the same for the same key. */
export function identified(event: AuditEvent, once?: string): IdentifiedEvent {
  const _id = once === undefined ? newId() : createHash('sha256').update(once).digest('hex').slice(0, 24);
  const { at, subject, token, ip, action, target, before, after, result, requestId } = event;
  return { _id, at, ...(plain({ subject, token, ip, action, target, before, after, result, requestId }) as Texts) };
}
type Texts = Omit<AuditEvent, 'at'>;

/** The rows that follow an end of the chain, in the order of the events. */
export function chain(end: ChainEnd, events: readonly IdentifiedEvent[]): AuditDoc[] {
  let { seq, hash } = end;
  return events.map((event) => {
    const row = { ...event, seq: ++seq, previousHash: hash };
    hash = hashOf(row);
    return { ...row, hash };
  });
}

const REMOVED = '[removed]';
/** Fields whose text is a secret wherever it comes from. */
const SECRET_FIELDS = new Set(['secret', 'token', 'password', 'authorization', 'cookie']);
/** The secret of one of our tokens, inside any text. */
const TOKEN_SECRET = /cb_[\w-]{43}/g;

/**
 * Plain JSON that MongoDB gives back as it was: times are ISO texts, lone surrogates are replaced (BSON cannot hold
 * them), what is undefined is left out. Secrets in `before` and `after` are removed: a second line of defence.
 */
function plain(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return wellFormed(value).replace(TOKEN_SECRET, REMOVED);
  if (value instanceof Date) return timeOf(value);
  if (Array.isArray(value)) return value.map((one) => plain(one, depth + 1));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, inner]) => inner !== undefined)
        .map(([key, inner]) => [
          wellFormed(key),
          depth > 0 && typeof inner === 'string' && SECRET_FIELDS.has(key.toLowerCase())
            ? REMOVED
            : plain(inner, depth + 1),
        ]),
    );
  }
  return typeof value === 'boolean' || Number.isFinite(value) ? value : null;
}

function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

/** A time as text; what is none, in a row that somebody spoiled, says so. */
function timeOf(at: unknown): string {
  return at instanceof Date && !Number.isNaN(at.getTime()) ? at.toISOString() : `not a time: ${JSON.stringify(at)}`;
}
