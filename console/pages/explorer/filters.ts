import { ADDITIONAL_ACTION_FILTERS, DELIVERY_ACTIONS, DIRECTIONALITIES } from '../../../domain/explorer';
import { LOCATIONS } from '../../../domain/location';
import { THREATS } from '../../../domain/verdict';
import { type ExplorerQuery } from '../../api/messages';
import { type Option } from '../../parts/filters';

type Name = keyof ExplorerQuery;

/** One filter of the Explorer: words of one's own, or values to choose from. */
export interface Filter {
  readonly name: Name;
  readonly label: string;
  readonly hint?: string;
  readonly options?: readonly Option[];
  readonly type?: 'date';
  /** Shown before it is used; the others are added from a menu. */
  readonly first?: boolean;
}

const same = (values: readonly string[]): Option[] => values.map((value) => [value, value]);

export const FILTERS: readonly Filter[] = [
  {
    name: 'from',
    label: 'From',
    type: 'date',
    hint: 'Received on or after this day; 30 days ago where it is left out',
    first: true,
  },
  { name: 'to', label: 'To', type: 'date', hint: 'Received before this day' },
  { name: 'subject', label: 'Subject', hint: 'Words that it holds', first: true },
  { name: 'sender', label: 'Sender address', first: true },
  { name: 'senderDomain', label: 'Sender domain' },
  { name: 'recipient', label: 'Recipient', first: true },
  { name: 'latestDeliveryLocation', label: 'Latest delivery location', options: same(LOCATIONS), first: true },
  { name: 'originalDeliveryLocation', label: 'Original delivery location', options: same(LOCATIONS) },
  { name: 'additionalAction', label: 'Additional action', options: same(ADDITIONAL_ACTION_FILTERS) },
  { name: 'deliveryAction', label: 'Delivery action', options: same(DELIVERY_ACTIONS) },
  { name: 'threatType', label: 'Threat type', options: same(THREATS) },
  { name: 'directionality', label: 'Directionality', options: same(DIRECTIONALITIES) },
  { name: 'sha256', label: 'Attachment SHA-256' },
  { name: 'fileName', label: 'Attachment file name' },
  { name: 'url', label: 'URL' },
  { name: 'urlDomain', label: 'URL domain' },
  { name: 'networkMessageId', label: 'Network message ID' },
  { name: 'internetMessageId', label: 'Internet message ID' },
  { name: 'clusterId', label: 'Cluster ID' },
];

export const NAMES = FILTERS.map(({ name }) => name);

/** The filters that are in use, as the API takes them: a day becomes its first moment in the reader's own zone or in UTC. */
export function queryOf(values: Readonly<Record<Name, string>>, utc: boolean): ExplorerQuery {
  return Object.fromEntries(
    FILTERS.filter(({ name }) => values[name] !== '').map(({ name, type }) => [
      name,
      type === 'date' ? momentOf(values[name], utc) : values[name],
    ]),
  );
}

function momentOf(value: string, utc: boolean): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return value;
  return new Date(utc ? `${value}T00:00:00Z` : `${value}T00:00:00`).toISOString();
}
