import { signatureOf } from '../../webhooks/signature';
import { type FakeServer, serve } from '../unit/cli/fake-server';

/** A notice as a receiver got it. */
export interface Received {
  readonly id: string;
  readonly event: string;
  readonly at: string;
  readonly data: Record<string, unknown>;
  /** What the receiver found when it checked id and signature as docs/webhooks.md says. */
  readonly genuine: boolean;
}

export interface Receiver extends FakeServer {
  readonly received: Received[];
  /** The statuses of the next answers; 204 when they are used up. */
  readonly answers: number[];
}

/** A webhook receiver on loopback, which checks what it gets with its secret. */
export async function startReceiver(secret: string): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = await serve((request, response, body) => {
    const header = (name: string): string => String(request.headers[`clawback-webhook-${name}`]);
    const notice = JSON.parse(body.toString()) as Omit<Received, 'genuine'>;
    const signed = signatureOf(secret, header('timestamp'), body.toString());
    received.push({ ...notice, genuine: header('signature') === signed && header('id') === notice.id });
    response.writeHead(answers.shift() ?? 204).end();
  });
  return { ...server, received, answers };
}
