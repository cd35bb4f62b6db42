import { get, type IncomingMessage } from 'node:http';
import { until } from './harness';

/** What a client of GET /events was told. */
export interface Told {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A stream that is open: reads as a browser's EventSource does. */
export interface Stream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly told: readonly Told[];
  /** What a browser would send as Last-Event-ID. */
  lastId(): string;
  ended(): boolean;
  /** Waits until something like this was told; fails at once where nothing will be told any more. */
  hears(event: string, data: Readonly<Record<string, unknown>>): Promise<void>;
  close(): void;
}

export async function openEvents(url: string, headers: Readonly<Record<string, string>>): Promise<Stream> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${url}/api/v1/events`, { headers, agent: false }, resolve).once('error', reject);
  });
  const told: Told[] = [];
  let rest = '';
  let lastId = '';
  let ended = false;
  answer.setEncoding('utf8');
  answer.on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s) as [string, string]));
      lastId = fields.get('id') ?? lastId;
      const data = fields.get('data');
      if (data !== undefined) {
        told.push({ event: fields.get('event') ?? '', data: JSON.parse(data) as Told['data'] });
      }
    }
  });
  answer.on('error', () => undefined);
  answer.on('close', () => (ended = true));
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    told,
    lastId: () => lastId,
    ended: () => ended,
    hears: (event, data) =>
      until(() => {
        const isTold = told.some(
          (one) => one.event === event && Object.entries(data).every(([name, value]) => one.data[name] === value),
        );
        if (!isTold && (ended || answer.statusCode !== 200))
          throw new Error(`The stream is over, or was refused: ${answer.statusCode} ${rest}`);
        return isTold;
      }),
    close: () => answer.destroy(),
  };
}
