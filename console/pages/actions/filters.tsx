import { ACTION_SOURCES, ACTION_STATUSES } from '../../../domain/action';
import { ACTION_TYPES } from '../../../domain/remediation';
import { type ActionQuery } from '../../api/actions';
import { PERIOD_OPTIONS, startOf } from '../../parts/date-range';
import { actionTypeText } from '../../parts/words';
import { ChoiceFilter, type Option, TextFilter } from '../../parts/filters';

export const FILTERS = ['decidedBy', 'actionSource', 'actionType', 'status', 'period'] as const;
export type FilterValues = Readonly<Record<(typeof FILTERS)[number], string>>;

const same = (values: readonly string[]): Option[] => values.map((value) => [value, value]);

/** The filters as the API takes them. */
export function queryOf(tab: 'pending' | 'history', values: FilterValues, now: number): ActionQuery {
  const { decidedBy, actionSource, actionType, status, period } = values;
  const from = startOf(period, now);
  const given = { decidedBy, actionSource, actionType, status: tab === 'history' ? status : '' };
  return {
    tab,
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')) as Omit<ActionQuery, 'tab'>),
    ...(from === undefined ? {} : { from }),
  };
}

/** Decided by, Action source, type, status, period. */
export function ActionFilters({
  tab,
  values,
  set,
}: {
  readonly tab: 'pending' | 'history';
  readonly values: FilterValues;
  readonly set: (changed: Partial<FilterValues>) => void;
}) {
  return (
    <>
      {tab === 'history' && (
        <>
          <TextFilter
            label="Decided by"
            value={values.decidedBy}
            hint="Automation, or the name of a token"
            onChange={(decidedBy) => set({ decidedBy })}
          />
          <ChoiceFilter
            label="Status"
            value={values.status}
            options={same(ACTION_STATUSES.filter((status) => status !== 'Pending'))}
            onChange={(status) => set({ status })}
          />
        </>
      )}
      <ChoiceFilter
        label="Action source"
        value={values.actionSource}
        options={same(ACTION_SOURCES)}
        onChange={(actionSource) => set({ actionSource })}
      />
      <ChoiceFilter
        label="Action type"
        value={values.actionType}
        options={ACTION_TYPES.map((type) => [type, actionTypeText(type)])}
        onChange={(actionType) => set({ actionType })}
      />
      <ChoiceFilter
        label="Period"
        value={values.period}
        options={PERIOD_OPTIONS}
        onChange={(period) => set({ period })}
      />
    </>
  );
}
