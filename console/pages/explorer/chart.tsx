import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { ChevronDownRegular } from '@fluentui/react-icons/svg/chevron-down';
import { ChevronUpRegular } from '@fluentui/react-icons/svg/chevron-up';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { NO_VALUE, OTHER_VALUES } from '../../../domain/facets';
import { type ExplorerQuery, facetsQuery, type Pivot } from '../../api/messages';
import { usePreferences } from '../../app/preferences';
import { Bars, Swatch } from '../../parts/bars';
import { ChoiceFilter, type Option } from '../../parts/filters';
import { plain } from '../../parts/hostile';
import { useNarrow } from '../../parts/media';
import { count } from '../../parts/numbers';
import { ErrorState } from '../../parts/states';
import { timeText } from '../../parts/time';

const useStyles = makeStyles({
  card: {
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalS,
    flexShrink: 0,
  },
  head: { display: 'flex', justifyContent: 'space-between', alignItems: 'center', gap: tokens.spacingHorizontalS },
  note: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  values: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalXS },
});

const PIVOTS: readonly Option[] = [
  ['deliveryAction', 'Delivery action'],
  ['senderDomain', 'Sender domain'],
  ['urlDomain', 'URL domain'],
  ['threat', 'Threat type'],
  ['latestDeliveryLocation', 'Latest delivery location'],
  ['additionalAction', 'Additional action'],
];

const BUCKETS = { wide: 60, narrow: 24 } as const;

/** The filter that a value of each pivot stands for. */
const FILTER_OF: Readonly<Record<Pivot, keyof ExplorerQuery>> = {
  deliveryAction: 'deliveryAction',
  senderDomain: 'senderDomain',
  urlDomain: 'urlDomain',
  threat: 'threatType',
  latestDeliveryLocation: 'latestDeliveryLocation',
  additionalAction: 'additionalAction',
};

/** Values that stand for several, or for none: no filter says the same. */
const NO_FILTER: readonly string[] = [NO_VALUE, OTHER_VALUES];

/** How many messages the filters leave over time, by a pivot. A value that is pressed becomes a filter. */
export function Chart({
  query,
  onPick,
}: {
  readonly query: ExplorerQuery;
  readonly onPick: (filter: Partial<Record<keyof ExplorerQuery, string>>) => void;
}) {
  const styles = useStyles();
  const narrow = useNarrow();
  const { utc } = usePreferences();
  const [pivot, setPivot] = useState<Pivot>('deliveryAction');
  const [shown, setShown] = useState(!narrow);
  const { data, error, refetch } = useQuery({
    ...facetsQuery(query, pivot, narrow ? BUCKETS.narrow : BUCKETS.wide),
    enabled: shown,
  });
  return (
    <section className={styles.card} aria-label="Chart">
      <div className={styles.head}>
        <ChoiceFilter
          label="Chart by"
          value={pivot}
          options={PIVOTS}
          onChange={(value) => setPivot((value || 'deliveryAction') as Pivot)}
        />
        {data?.truncated === true && <span className={styles.note}>Of the newest {count(data.messages)} messages</span>}
        <Button
          size="small"
          appearance="subtle"
          icon={shown ? <ChevronUpRegular /> : <ChevronDownRegular />}
          onClick={() => setShown(!shown)}
        >
          {shown ? 'Hide chart' : 'Show chart'}
        </Button>
      </div>
      {shown && error !== null && <ErrorState error={error} retry={() => void refetch()} />}
      {shown && data !== undefined && (
        <>
          <Bars
            label="Messages over time"
            legend={false}
            starts={data.buckets.map(({ from }) => timeText(from, utc))}
            series={data.series.map(({ value }, at) => ({
              name: plain(value),
              values: data.buckets.map(({ counts }) => counts[at] ?? 0),
            }))}
          />
          <Values series={data.series} onPick={(value) => onPick({ [FILTER_OF[data.pivot]]: value })} />
        </>
      )}
    </section>
  );
}

function Values({
  series,
  onPick,
}: {
  readonly series: readonly { readonly value: string; readonly count: number }[];
  readonly onPick: (value: string) => void;
}) {
  const styles = useStyles();
  return (
    <div className={styles.values} role="group" aria-label="Values">
      {series.map(({ value, count: messages }, at) => (
        <Value
          key={value}
          value={value}
          messages={messages}
          colour={at}
          onPick={NO_FILTER.includes(value) ? undefined : () => onPick(value)}
        />
      ))}
    </div>
  );
}

function Value({
  value,
  messages,
  colour,
  onPick,
}: {
  readonly value: string;
  readonly messages: number;
  readonly colour: number;
  readonly onPick?: () => void;
}) {
  return (
    <Button
      size="small"
      appearance="subtle"
      disabledFocusable={onPick === undefined}
      onClick={onPick}
      icon={<Swatch at={colour} />}
    >
      {plain(value)} {count(messages)}
    </Button>
  );
}
