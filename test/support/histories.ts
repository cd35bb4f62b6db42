import { type Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';

/** Every payload of a history as JSON, decoded, as one text. */
export function payloads(value: unknown): string {
  if (Array.isArray(value)) return value.map(payloads).join('\n');
  if (typeof value !== 'object' || value === null) return '';
  const { data, metadata, ...rest } = value as { data?: unknown; metadata?: unknown };
  const own =
    typeof data === 'string' && metadata !== undefined ? Buffer.from(data, 'base64').toString('utf8') : payloads(data);
  return [own, payloads(metadata), ...Object.values(rest).map(payloads)].join('\n');
}

const CONTENT = ['@corp.example', '@evil.example', 'Invoice', 'http://', 'evil.example', 'For the recording'];

/** What no history and no log may hold: addresses, subjects, URLs of the mail that it is about (law 8). */
export function contentIn(found: string, words: readonly string[] = CONTENT): string[] {
  return words.filter((word) => found.includes(word));
}

/** Every history at a Temporal, by workflow: as it is and with all payloads decoded, to be searched. */
export async function historiesOf(client: Client): Promise<ReadonlyMap<string, string>> {
  const histories = new Map<string, string>();
  for await (const { workflowId, runId } of client.workflow.list()) {
    const text = historyToJSON(await client.workflow.getHandle(workflowId, runId).fetchHistory());
    histories.set(`${workflowId} ${runId}`, `${text}\n${payloads(JSON.parse(text))}`);
  }
  return histories;
}
