import { makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { logQuery } from '../../api/log';
import { usePreferences } from '../../app/preferences';
import { type LogEntry } from '../../api/types';
import { shortId } from '../../parts/copy-id';
import { plain } from '../../parts/hostile';
import { count } from '../../parts/numbers';
import { PlainTable } from '../../parts/plain-table';
import { ErrorState, Loading } from '../../parts/states';
import { durationText, Time, timeText } from '../../parts/time';
import { clusterTypeText } from '../../parts/words';
import { outcomesText } from '../../parts/outcomes';
import { type TabProps } from './page';

const useStyles = makeStyles({ detail: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' } });

/** What happened, in order. */
export function Log({ investigation }: TabProps) {
  const { data, error, refetch } = useQuery(logQuery(investigation.id));
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />;
  return <LogTable log={data} startedAt={investigation.startedAt} />;
}

export function LogTable({ log, startedAt }: { readonly log: readonly LogEntry[]; readonly startedAt: string }) {
  const styles = useStyles();
  const { utc } = usePreferences();
  const start = new Date(startedAt).getTime();
  return (
    <PlainTable
      label="Log"
      rows={log}
      idOf={({ at, event }, place) => `${at} ${event} ${place}`}
      empty="Nothing has happened yet"
      columns={[
        { header: 'Time created', cell: ({ at }) => <Time at={at} full /> },
        {
          header: 'Since its start',
          numeric: true,
          cell: ({ at }) => durationText(Math.max(0, new Date(at).getTime() - start)),
        },
        { header: 'Action', cell: ({ event }) => event },
        {
          header: 'Description',
          words: true,
          cell: ({ detail }) => <span className={styles.detail}>{detailText(detail, utc)}</span>,
        },
      ]}
    />
  );
}

/** What a log entry says beside its event: names and values, ids by their ends, nested ones flat. */
function detailText(detail: unknown, utc: boolean): string {
  if (typeof detail !== 'object' || detail === null) return '';
  return Object.entries(detail)
    .flatMap(([name, value]) => {
      const text = valueText(name, value, utc);
      return text === '' ? [] : [`${nameText(name)}: ${text}`];
    })
    .join(' · ');
}

/** Names of ids that we gave: another system's is shown as it gave it. */
const OURS = /^(?!external).*Id$/;

function wordText(name: string, word: string, utc: boolean): string {
  if (OURS.test(name)) return `#${shortId(word)}`;
  if (name === 'type') return clusterTypeText(word);
  return name.endsWith('At') ? timeText(word, utc, 'full') : plain(word);
}

function valueText(name: string, value: unknown, utc: boolean): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return wordText(name, value, utc);
  if (typeof value === 'number') return count(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value))
    return value.map((one) => (isReason(one) ? one.detail : valueText('', one, utc))).join('; ');
  if (name === 'outcomes') return outcomesText(value as Readonly<Record<string, number>>);
  return Object.entries(value)
    .map(([key, one]) => valueText(key, one, utc))
    .filter((text) => text !== '')
    .join(', ');
}

function isReason(value: unknown): value is { readonly detail: string } {
  return typeof value === 'object' && value !== null && 'detail' in value && typeof value.detail === 'string';
}

function nameText(name: string): string {
  const words = name.replace(/Id$/, '').replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  const theirs = name.endsWith('Id') && !OURS.test(name) ? ' ID' : '';
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${theirs}`;
}
