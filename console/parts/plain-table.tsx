import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { type ReactNode } from 'react';
import { Empty } from './states';

const useStyles = makeStyles({
  scroll: {
    overflowX: 'auto',
    '&:focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
    '@media print': { overflow: 'visible' },
  },
  table: {
    borderCollapse: 'collapse',
    width: '100%',
    fontSize: tokens.fontSizeBase300,
    '& th': {
      textAlign: 'start',
      fontWeight: tokens.fontWeightSemibold,
      color: tokens.colorNeutralForeground2,
      verticalAlign: 'bottom',
      backgroundColor: tokens.colorNeutralBackground2,
    },
    '& th, & td': {
      padding: '9px 12px',
      borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    },
    '& td': { verticalAlign: 'top' },
    '& time': { whiteSpace: 'nowrap' },
    '& tbody tr:last-child td': { borderBottom: 'none' },
    '@media print': { fontSize: '8pt', '& th, & td': { padding: '3px 6px' } },
  },
  numeric: { textAlign: 'end !important' as 'end', fontVariantNumeric: 'tabular-nums' },
  tight: { whiteSpace: 'nowrap' },
  words: {
    minWidth: '160px',
    maxWidth: '420px',
    overflowWrap: 'anywhere',
    '@media (max-width: 720px)': { minWidth: '96px' },
    '@media print': { minWidth: 0 },
  },
});

export interface PlainColumn<T> {
  readonly header: string;
  readonly cell: (row: T) => ReactNode;
  readonly numeric?: boolean;
  /** Long words: as wide as they need, and wrapped. */
  readonly words?: boolean;
  /** Few words that stay on one line. */
  readonly tight?: boolean;
}

/** A short table that is there as a whole, on the page and on paper. */
export function PlainTable<T>({
  label,
  columns,
  rows,
  idOf,
  empty,
}: {
  readonly label: string;
  readonly columns: readonly PlainColumn<T>[];
  readonly rows: readonly T[];
  readonly idOf: (row: T, at: number) => string;
  readonly empty: string;
}) {
  const styles = useStyles();
  if (rows.length === 0) return <Empty title={empty} />;
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ header, numeric, tight }) => (
              <th
                key={header}
                scope="col"
                className={mergeClasses(numeric === true && styles.numeric, tight === true && styles.tight)}
              >
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={idOf(row, at)}>
              {columns.map(({ header, cell, numeric, words, tight }) => (
                <td
                  key={header}
                  className={mergeClasses(
                    numeric === true && styles.numeric,
                    words === true && styles.words,
                    tight === true && styles.tight,
                  )}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
