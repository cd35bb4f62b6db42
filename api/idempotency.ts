import { createHash } from 'node:crypto';
import { type Request } from 'express';
import { isDuplicateKey } from '../store/collection';
import { type IdempotencyDoc } from '../store/idempotency';
import { callerOf } from './auth';
import { type ApiDeps } from './deps';
import { Problem } from './problem';
import { type Answer } from './route';

/** A first request that has not answered for this long is taken as dead, and a repeat does its work again. */
const DEAD_MS = 2 * 60 * 1000;
const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Answers a POST with an `Idempotency-Key` once: the same key and body get the same answer for 24 hours, another body
 * 422, a repeat while the first still runs 409. A refusal is not kept: the same request may succeed later.
 * With `secret`, the answer's body is not kept, and a repeat is 409.
 */
export async function onceFor(
  deps: ApiDeps,
  request: Request,
  { status, secret }: { readonly status: number; readonly secret: boolean },
  work: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  const key = request.get('idempotency-key');
  if (key === undefined) return work();
  if (!KEY.test(key)) {
    throw new Problem('bad-request', 'Idempotency-Key: 1 to 255 printable characters', [
      { path: 'Idempotency-Key', message: 'needs 1 to 255 printable characters without blanks' },
    ]);
  }
  const { collection } = deps.store.idempotency;
  const _id = `${callerOf(request)._id}:${request.path}:${key}`;
  const kept = await begin(deps, _id, bodyHash(request));
  if (kept !== null) return replay(kept);
  let answer: Answer | undefined;
  try {
    answer = await work();
  } catch (error) {
    await collection.deleteOne({ _id, status: null });
    throw error;
  }
  if (answer === undefined) {
    // It was streamed, and changed nothing: a repeat is answered anew.
    await collection.deleteOne({ _id, status: null });
    return undefined;
  }
  const body: unknown = secret || answer.body === undefined ? null : JSON.parse(JSON.stringify(answer.body));
  try {
    await collection.updateOne(
      { _id },
      { $set: { status: answer.status ?? status, body, location: answer.headers?.['Location'] ?? null } },
    );
  } catch (error) {
    // What was asked is done, so the caller hears it; a repeat waits for the row to be taken as dead.
    deps.logger.warn({ err: error }, 'an answer could not be kept for its Idempotency-Key');
  }
  return answer;
}

/** Takes the key for this request, or gives what is kept under it. */
async function begin({ store, clock }: ApiDeps, _id: string, hash: string): Promise<IdempotencyDoc | null> {
  const { collection } = store.idempotency;
  const at = clock();
  try {
    await collection.insertOne({ _id, bodyHash: hash, status: null, body: null, location: null, at });
    return null;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  const dead = { _id, bodyHash: hash, status: null, at: { $lt: new Date(at.getTime() - DEAD_MS) } };
  if ((await collection.updateOne(dead, { $set: { at } })).modifiedCount === 1) return null;
  const kept = await collection.findOne({ _id });
  if (kept !== null && kept.bodyHash !== hash) {
    throw new Problem('idempotency-mismatch', 'This Idempotency-Key came with another body before');
  }
  if (kept === null || kept.status === null)
    throw new Problem('in-progress', 'The first request with this Idempotency-Key still runs');
  return kept;
}

function replay({ status, body, location }: IdempotencyDoc): Answer {
  if (body === null && status === 201) {
    throw new Problem('conflict', 'This was done, and its answer held a secret that is shown once');
  }
  return {
    ...(status === null ? {} : { status }),
    headers: { 'Idempotency-Replayed': 'true', ...(location === null ? {} : { Location: location }) },
    ...(body === null ? {} : { body }),
  };
}

/** Binds the key to what was asked: the query and the body. */
function bodyHash(request: Request): string {
  const body: unknown = request.body;
  return createHash('sha256')
    .update(`${request.originalUrl.split('?')[1] ?? ''}\n`)
    .update(Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null))
    .digest('hex');
}
