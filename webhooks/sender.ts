import { lookup as lookUp, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type LookupFunction } from 'node:net';
import { signatureOf } from './signature';
import { hostOf, portOf, type Targets } from './targets';

/** One attempt at one delivery. */
export interface Sending {
  readonly url: string;
  readonly secret: string;
  /** The delivery's id: the same in every attempt, so that a receiver can tell a repetition. */
  readonly id: string;
  readonly body: string;
  readonly at: Date;
}

/** `code` is `null` exactly where the receiver took it with a 2xx. */
export interface Sent {
  readonly status: number | null;
  readonly code: string | null;
}

/** The way out to receivers. */
export interface WebhookSender {
  /** Never throws: what went wrong is a code, which holds nothing of the receiver. Answers within the time limit. */
  send(sending: Sending): Promise<Sent>;
}

type Resolve = (
  host: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[] | undefined) => void,
) => void;

export interface SenderOptions {
  readonly targets: Targets;
  readonly limitMs?: number;
  readonly resolve?: Resolve;
}

const LIMIT_MS = 10_000;
/** An answer is read to its end, for the receiver's sake, up to this; nothing of it is kept. */
const ANSWER_BYTES = 16 * 1024;
export const REFUSED_ADDRESS = 'refusedAddress';

/** Sends over HTTP and HTTPS, following no redirect, through no proxy, and only to addresses that are permitted. */
export function createSender({ targets, limitMs = LIMIT_MS, resolve = lookUp }: SenderOptions): WebhookSender {
  return {
    async send(sending) {
      const url = new URL(sending.url);
      if (targets.refusal(url) !== null) return { status: null, code: REFUSED_ADDRESS };
      const signal = AbortSignal.timeout(limitMs);
      try {
        return outcomeOf(await post(url, sending, { signal, lookup: checkedLookup(url, targets, resolve) }));
      } catch (error) {
        return { status: null, code: signal.aborted ? 'timeout' : codeOf(error) };
      }
    },
  };
}

function post(url: URL, { secret, id, body, at }: Sending, way: RequestOptions): Promise<number> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)({
      ...way,
      method: 'POST',
      // A connection of its own: one that was kept would not be looked at again.
      agent: false,
      hostname: hostOf(url),
      port: portOf(url),
      path: `${url.pathname}${url.search}`,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'Clawback-Webhook/1',
        'Clawback-Webhook-Id': id,
        'Clawback-Webhook-Timestamp': timestamp,
        'Clawback-Webhook-Signature': signatureOf(secret, timestamp, body),
      },
    });
    let rejected = reject;
    request.on('error', (error) => rejected(error));
    request.once('response', (response) => {
      // It has answered: whatever goes wrong from here on, its status stands.
      rejected = () => undefined;
      drain(response, () => resolve(response.statusCode ?? 0));
    });
    request.end(body);
  });
}

/** The status alone decides; what follows it is thrown away, and cut off where it is long or slow. */
function drain(response: IncomingMessage, done: () => void): void {
  let bytes = 0;
  response.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > ANSWER_BYTES) response.destroy();
  });
  response.on('error', () => undefined);
  response.once('close', done);
}

/**
 * Resolves a name for the socket, which then connects to what this has checked and to nothing else: a name that changes
 * its answer in between gains nothing. One address that is not permitted refuses them all.
 */
function checkedLookup(url: URL, targets: Targets, resolve: Resolve): LookupFunction {
  const [host, port] = [hostOf(url), portOf(url)];
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses = []) => {
      const [first] = addresses;
      const permitted = addresses.every(({ address }) => targets.permits(host, port, address));
      if (error !== null) done(error, []);
      else if (first === undefined || !permitted) done(new RefusedAddressError(), []);
      else if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}

/** The name leads to an address that a webhook may not reach. */
class RefusedAddressError extends Error {
  readonly code = REFUSED_ADDRESS;
  constructor() {
    super('The name resolves to an address that is not permitted');
    this.name = 'RefusedAddressError';
  }
}

function outcomeOf(status: number): Sent {
  if (status >= 200 && status < 300) return { status, code: null };
  return { status, code: status >= 300 && status < 400 ? 'redirect' : 'status' };
}

/** A system's or TLS's own code, such as `ECONNREFUSED`; texts of errors can quote what they are about. */
function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : 'failed';
}
