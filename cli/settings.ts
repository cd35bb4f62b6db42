import { CLUSTER_TYPES } from '../domain/cluster';
import { COMMON_ENTITY_LIMITS } from '../domain/settings';
import { clientFromEnvironment } from './client';

const BOXES: readonly string[] = CLUSTER_TYPES;
const NUMBERS = ['maxAutomaticMessages', 'minUndoDays'];
const BUDGETS = ['perHour', 'perDay'];
const IN_FLIGHT = ['atOnce', 'messagesInFlight'];
const LIMITS = Object.keys(COMMON_ENTITY_LIMITS).map((name) => `commonEntity.${name}`);

/** `key=value` words as a change of the settings; `null` where a word is not understood. */
export function parseChanges(words: readonly string[]): Record<string, unknown> | null {
  const change: Record<string, unknown> = {};
  const boxes: Record<string, boolean> = {};
  const budget: Record<string, number> = {};
  const limits: Record<string, number> = {};
  const remediation: Record<string, boolean | number> = {};
  for (const word of words) {
    const [key = '', value = ''] = word.split(/=(.*)/s);
    if (BOXES.includes(key) && (value === 'on' || value === 'off')) boxes[key] = value === 'on';
    else if (NUMBERS.includes(key) && /^\d+$/.test(value)) change[key] = Number(value);
    else if (BUDGETS.includes(key) && /^\d+$/.test(value)) budget[key] = Number(value);
    else if (IN_FLIGHT.includes(key) && /^\d+$/.test(value)) remediation[key] = Number(value);
    else if (key === 'hardDelete' && (value === 'on' || value === 'off')) remediation[key] = value === 'on';
    else if (key === 'secondPerson' && /^(never|always|over:\d+)$/.test(value)) change[key] = ruleOf(value);
    else if (key === 'excludedMailboxes') change[key] = value === '' ? [] : value.split(',');
    else if (key === 'internalDomains') change[key] = value === '' ? [] : value.split(',');
    else if (LIMITS.includes(key) && /^\d+$/.test(value)) limits[key.slice('commonEntity.'.length)] = Number(value);
    else return null;
  }
  return {
    ...change,
    ...(Object.keys(boxes).length === 0 ? {} : { messageClusters: boxes }),
    ...(Object.keys(limits).length === 0 ? {} : { commonEntity: limits }),
    ...(Object.keys(budget).length === 0 ? {} : { budget }),
    ...(Object.keys(remediation).length === 0 ? {} : { remediation }),
  };
}

/** `never`, `always`, or `over:N` for more than N messages. */
function ruleOf(value: string): unknown {
  return value.startsWith('over:') ? { over: Number(value.slice('over:'.length)) } : value;
}

/** Shows the settings of automation, or changes them and shows what they are then. */
export async function settings(words: readonly string[], { json }: { readonly json?: boolean }): Promise<number> {
  const change = parseChanges(words);
  if (change === null) {
    process.stderr.write(
      'Changes are similarFiles=on|off, similarUrls=on|off, multipleSimilarAttributes=on|off, maxAutomaticMessages=N, excludedMailboxes=A,B, minUndoDays=N, perHour=N, perDay=N, secondPerson=never|always|over:N, internalDomains=A,B, hardDelete=on|off, atOnce=N, messagesInFlight=N, ' +
        `commonEntity.KEY=N (${Object.keys(COMMON_ENTITY_LIMITS).join(', ')})\n`,
    );
    return 2;
  }
  const client = clientFromEnvironment();
  const current = await client.call<Record<string, unknown>>('GET', '/settings/automation');
  const shown =
    words.length === 0
      ? current
      : await client.call<Record<string, unknown>>('PUT', '/settings/automation', {
          body: change,
          headers: { 'if-match': current.headers.get('etag') ?? '' },
        });
  process.stdout.write(`${JSON.stringify(shown.data, null, json === true ? undefined : 2)}\n`);
  return 0;
}
