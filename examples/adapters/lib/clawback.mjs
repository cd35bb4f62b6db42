// What the adapters share: bounded input, the call to POST /investigations, exit codes and one clear line for an error.
// Nothing that comes in is ever executed, resolved or fetched: the only address that is called is CLAWBACK_URL.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** At most this many entities in one alert (the API's limit). */
export const MAX_ENTITIES = 20;
/** At most this many entities of one input: a detector that names more is broken, or somebody plays with it. */
const MAX_TOTAL = 1_000;
const MAX_INPUT_BYTES = 16 * 1024 * 1024;
/** The API takes no longer address. */
const MAX_URL_LENGTH = 2_048;
const TIME_LIMIT_MS = 30_000;
const ATTEMPTS = 5;
const LONGEST_PAUSE_S = 30;

/** What ends an adapter: a line for a person, and the exit code (1 failed, 2 wrong usage). */
export class AdapterError extends Error {
  constructor(message, exitCode = 1, options = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Runs an adapter: `work` answers its alerts, which are sent, or shown with --dry-run. Ends the process. */
export async function main(name, work, { dryRun = false } = {}) {
  try {
    const { alerts, skipped } = await work();
    for (const line of skipped) process.stderr.write(`${name}: left out: ${printable(line)}\n`);
    if (alerts.length === 0) process.stdout.write('nothing to report\n');
    else if (dryRun) process.stdout.write(`${alerts.map((alert) => JSON.stringify(alert)).join('\n')}\n`);
    else await send(alerts);
  } catch (error) {
    process.stderr.write(`${name}: ${printable(error instanceof Error ? error.message : String(error))}\n`);
    process.exitCode = error instanceof AdapterError ? error.exitCode : 1;
  }
}

/** All of standard input as text, up to 16 MB. */
export async function readInput(stream = process.stdin) {
  const pieces = [];
  let size = 0;
  for await (const piece of stream) {
    size += piece.length;
    if (size > MAX_INPUT_BYTES) throw new AdapterError(`the input is larger than ${MAX_INPUT_BYTES / 1024 / 1024} MB`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The input as one JSON object. */
export async function readJson(stream = process.stdin) {
  const text = await readInput(stream);
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AdapterError('the input is not JSON', 1, { cause: error });
  }
  if (!isObject(value)) throw new AdapterError('the input is not a JSON object');
  return value;
}

export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of what should be a list of objects. */
export function objectsOf(value) {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textOf(value, length = 500) {
  return typeof value === 'string' ? value.slice(0, length) : '';
}

/** A file entity, or `null` for what is no SHA-256. */
export function fileEntity(sha256) {
  return typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256)
    ? { type: 'file', sha256: sha256.toLowerCase() }
    : null;
}

/** A URL entity, or `null` for what is no web address in full: a host name alone names no page. */
export function urlEntity(url, threat) {
  if (typeof url !== 'string' || !/^(https?|ftp):\/\//i.test(url) || !URL.canParse(url)) return null;
  const { href, hostname } = new URL(url);
  if (Math.max(url.length, href.length) > MAX_URL_LENGTH || /^\.*$/.test(hostname)) return null;
  return { type: 'url', url, ...(threat === undefined ? {} : { threat }) };
}

/** One alert for every 20 entities, each entity once; `rest` is what every alert says beside them. */
export function alertsOf(entities, rest) {
  const once = [...new Map(entities.map((entity) => [JSON.stringify([entity.sha256, entity.url]), entity])).values()];
  if (once.length > MAX_TOTAL) throw new AdapterError(`the input names more than ${MAX_TOTAL} files and URLs`);
  const alerts = [];
  for (let at = 0; at < once.length; at += MAX_ENTITIES) {
    alerts.push({ entities: once.slice(at, at + MAX_ENTITIES), ...rest });
  }
  return alerts;
}

/** Sends the alerts one after another and prints the investigation of each. */
async function send(alerts) {
  const { url, token } = target();
  for (const alert of alerts) {
    const { id, status } = await post(`${url}/api/v1/investigations`, token, alert);
    process.stdout.write(`${printable(`${id} ${status}: ${alert.entities.length} reported`)}\n`);
  }
}

function target(env = process.env) {
  const url = (env.CLAWBACK_URL || 'http://127.0.0.1:3000').replace(/\/+$/, '');
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new AdapterError('CLAWBACK_URL: not a web address', 2);
  const token = env.CLAWBACK_TOKEN || tokenIn(env.CLAWBACK_TOKEN_FILE);
  if (!/^[\w.~+/-]+=*$/.test(token)) throw new AdapterError('CLAWBACK_TOKEN: not a token', 2);
  return { url, token };
}

function tokenIn(file) {
  if (!file) throw new AdapterError('set CLAWBACK_TOKEN or CLAWBACK_TOKEN_FILE to a token with the role detector', 2);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new AdapterError(`CLAWBACK_TOKEN_FILE: ${file} cannot be read`, 2, { cause: error });
  }
}

/**
 * One alert, answered or an error. Repeated with the same Idempotency-Key where the server is busy, away or slow, so
 * that it happens once. Each run has keys of its own: the same detection later is news, since mail has come in since.
 */
async function post(url, token, body) {
  const init = {
    method: 'POST',
    // Followed, a redirect would take the token to another server.
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify(body),
  };
  for (let attempt = 1; ; attempt++) {
    const { response, data, error } = await attemptOf(url, init);
    if (response?.ok && isObject(data)) return data;
    const retryAfter = response?.headers.get('retry-after') ?? null;
    const passing = response === undefined || [429, 503].includes(response.status) || retryAfter !== null;
    if (!passing || attempt === ATTEMPTS) throw failure(url, response, data, error);
    await new Promise((resolve) => setTimeout(resolve, pauseOf(retryAfter) * 1000));
  }
}

async function attemptOf(url, init) {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIME_LIMIT_MS) });
    return { response, data: jsonOf(await response.text()) };
  } catch (error) {
    return { error };
  }
}

function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What the server asks to wait, in seconds, within bounds; one where it names none. */
function pauseOf(retryAfter) {
  const asked = Number(retryAfter ?? '1');
  return Number.isFinite(asked) && asked >= 0 ? Math.min(asked, LONGEST_PAUSE_S) : 1;
}

function failure(url, response, data, error) {
  const { origin } = new URL(url);
  if (response === undefined) return new AdapterError(`${origin} does not answer`, 1, { cause: error });
  const said = isObject(data) ? textOf(data.detail) || textOf(data.title) : '';
  return new AdapterError(`${origin} answered ${response.status}${said === '' ? '' : `: ${said}`}`);
}

/** Text from outside as one line for a terminal: without characters that would steer it. */
function printable(text) {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 1_000);
}
