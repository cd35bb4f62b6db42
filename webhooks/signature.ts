import { createHmac } from 'node:crypto';

/**
 * The signature of one attempt: `v1=` and the HMAC-SHA-256, in hex, over the time of sending in Unix seconds, a dot and
 * the body as sent. The time is signed too, so that a receiver can refuse what was recorded and is sent again later.
 */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}
