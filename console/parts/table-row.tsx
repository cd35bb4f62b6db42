import { Checkbox, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { memo, type ReactNode, type RefObject } from 'react';

/** A column: its words, its width in pixels and what a cell shows. */
export interface Column<T> {
  readonly id: string;
  readonly header: string;
  readonly width: number;
  /** Takes what is left of the width. */
  readonly grows?: boolean;
  /** Figures stand at the right. */
  readonly numeric?: boolean;
  /** Not shown until it is chosen. */
  readonly extra?: boolean;
  readonly cell: (row: T) => ReactNode;
}

/** What a row is on a phone: a title, a line or two below it, and a word at its end. */
export interface CardOf {
  readonly title: ReactNode;
  readonly lines: readonly ReactNode[];
  readonly end?: ReactNode;
}

/** The looks of a row, which the header and what stands for a row that is not loaded share. */
export const useRowStyles = makeStyles({
  row: {
    display: 'grid',
    alignItems: 'center',
    boxSizing: 'border-box',
    padding: `0 ${tokens.spacingHorizontalM}`,
    columnGap: tokens.spacingHorizontalM,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    minWidth: '100%',
  },
  data: {
    position: 'absolute',
    insetInlineStart: 0,
    insetInlineEnd: 0,
    fontSize: tokens.fontSizeBase300,
    '&:hover': { backgroundColor: tokens.colorNeutralBackground1Hover },
    '&:focus-within': { backgroundColor: tokens.colorNeutralBackground1Hover },
  },
  cell: { minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  open: { cursor: 'pointer' },
  picked: { backgroundColor: tokens.colorNeutralBackground1Selected },
  numeric: { textAlign: 'end', paddingInlineEnd: tokens.spacingHorizontalM, fontVariantNumeric: 'tabular-nums' },
  card: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) auto', gap: '2px 8px', minWidth: 0 },
  title: {
    minWidth: 0,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontWeight: tokens.fontWeightSemibold,
  },
  line: {
    gridColumn: '1 / -1',
    minWidth: 0,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
  },
});

/** What a row tells its table. */
export interface RowEvents<T> {
  readonly open: (row: T) => void;
  readonly pick: (id: string, picked: boolean) => void;
}

interface Props<T> {
  readonly row: T;
  readonly id: string;
  readonly index: number;
  /** Where it stands below the first row, and how high it is, in pixels. */
  readonly start: number;
  readonly height: number;
  readonly template: string;
  readonly leaves: readonly Column<T>[];
  /** On a phone: the row as a card in place of its cells. */
  readonly card: ((row: T) => CardOf) | undefined;
  readonly opens: boolean;
  /** `none`: nothing is picked in this table. */
  readonly pick: 'none' | 'picked' | 'possible' | 'impossible';
  readonly pickLabel: string;
  readonly on: RefObject<RowEvents<T>>;
}

function Row<T extends object>(props: Props<T>) {
  const { row, id, index, start, height, template, leaves, card, opens, pick, pickLabel, on } = props;
  const styles = useRowStyles();
  return (
    <div
      role="row"
      aria-rowindex={index + (card === undefined ? 2 : 1)}
      data-index={index}
      className={mergeClasses(styles.row, styles.data, opens && styles.open, pick === 'picked' && styles.picked)}
      style={{ transform: `translateY(${start}px)`, height, gridTemplateColumns: template }}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest('a,button,input,label') === null) on.current.open(row);
      }}
    >
      {pick !== 'none' && (
        <span role="cell">
          <Checkbox
            aria-label={`Pick ${pickLabel}`}
            checked={pick === 'picked'}
            disabled={pick === 'impossible'}
            onChange={(_event, { checked }) => on.current.pick(id, checked === true)}
          />
        </span>
      )}
      {card === undefined ? (
        leaves.map((column) => (
          <span
            key={column.id}
            role="cell"
            className={mergeClasses(styles.cell, column.numeric === true && styles.numeric)}
          >
            {column.cell(row)}
          </span>
        ))
      ) : (
        <Card {...card(row)} />
      )}
    </div>
  );
}

/** A row of a table; while a list is scrolled, only the rows that come into view are made. */
export const TableRow = memo(Row) as typeof Row;

function Card({ title, lines, end }: CardOf) {
  const styles = useRowStyles();
  return (
    <span role="cell" className={styles.card}>
      <span className={styles.title}>{title}</span>
      <span>{end}</span>
      {lines.map((line, at) => (
        <span key={at} className={styles.line}>
          {line}
        </span>
      ))}
    </span>
  );
}
