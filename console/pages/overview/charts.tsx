import { Card, Tab, TabList } from '@fluentui/react-components';
import { useState } from 'react';
import { type Overview } from '../../api/types';
import { Bars } from '../../parts/bars';
import { Section } from '../../parts/facts';

type Span = keyof Overview['series'];

/** Messages removed and put back, by the hour or by the day. */
export function Charts({ overview: { series, timezone } }: { readonly overview: Overview }) {
  const [span, setSpan] = useState<Span>('hour');
  const points = series[span];
  return (
    <Card>
      <Section
        title="Over time"
        action={
          <TabList size="small" selectedValue={span} onTabSelect={(_event, { value }) => setSpan(value as Span)}>
            <Tab value="hour">Hours</Tab>
            <Tab value="day">Days</Tab>
          </TabList>
        }
      >
        <Bars
          label={`Messages by ${span}, ${timezone}`}
          height={140}
          starts={points.map(({ at }) => at.replace('T', ' '))}
          series={[
            { name: 'Removed by automation', values: points.map(({ removedByAutomation }) => removedByAutomation) },
            {
              name: 'Removed by a person',
              values: points.map(({ removed, removedByAutomation }) => removed - removedByAutomation),
            },
            { name: 'Put back', values: points.map(({ reverted }) => reverted) },
          ]}
        />
      </Section>
    </Card>
  );
}
