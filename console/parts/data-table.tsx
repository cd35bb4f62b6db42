import { makeStyles, mergeClasses, Skeleton, SkeletonItem, tokens } from '@fluentui/react-components';
import {
  type ColumnDef,
  columnVisibilityFeature,
  type RowSelectionState,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useMemo, useRef } from 'react';
import { useNarrow } from './media';
import { ErrorState } from './states';
import { type CardOf, type Column, type RowEvents, TableRow, useRowStyles } from './table-row';
import { type Pages } from './use-pages';

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });

const useStyles = makeStyles({
  scroll: {
    overflow: 'auto',
    flex: '1 1 auto',
    minHeight: '120px',
    position: 'relative',
    backgroundColor: tokens.colorNeutralBackground1,
    '&:focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
    '@media print': { overflow: 'visible', height: 'auto' },
  },
  table: { minWidth: '100%', width: 'max-content' },
  narrow: { width: '100%' },
  header: {
    position: 'sticky',
    top: 0,
    zIndex: 1,
    height: '40px',
    backgroundColor: tokens.colorNeutralBackground2,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground2,
  },
  body: { position: 'relative' },
  check: { position: 'relative' },
  unseen: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

const ROW = 44;
const CARD = 78;
const CHECK = 32;
/** Rows beyond either edge. A fast scroll makes all of them anew in each frame, and most of them are never seen. */
const OVERSCAN = 6;

export interface Selection {
  readonly picked: RowSelectionState;
  readonly set: (picked: RowSelectionState) => void;
}

interface Props<T> {
  /** What the table holds, for those who hear it. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly pages: Pages<T>;
  readonly idOf: (row: T) => string;
  readonly card: (row: T) => CardOf;
  readonly hidden?: readonly string[];
  readonly onOpen?: (row: T) => void;
  readonly selection?: Selection;
  /** Which rows may be picked beside those that are. */
  readonly mayPick?: (row: T) => boolean;
  readonly rowLabel?: (row: T) => string;
  readonly empty: ReactNode;
}

/** A table of any length: only the rows that are seen exist. Rows open by their first link or button; arrows walk them. */
export function DataTable<T extends object>(props: Props<T>) {
  const { label, columns, pages, idOf, card, hidden, onOpen, selection, mayPick, rowLabel, empty } = props;
  const styles = useStyles();
  const rowStyles = useRowStyles();
  const narrow = useNarrow();
  const scroll = useRef<HTMLDivElement>(null);
  const definitions = useMemo(
    () =>
      columns.map(({ id, header, cell }): ColumnDef<typeof features, T> => ({
        id,
        header,
        cell: ({ row }) => cell(row.original),
      })),
    [columns],
  );
  const visibility = useMemo(
    () =>
      Object.fromEntries(
        columns.map(({ id, extra }) => [id, hidden === undefined ? extra !== true : !hidden.includes(id)]),
      ),
    [columns, hidden],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: pages.rows,
    getRowId: idOf,
    enableRowSelection: (row) => mayPick?.(row.original) ?? true,
    state: { columnVisibility: visibility, rowSelection: selection?.picked ?? {} },
    onRowSelectionChange: (change) => selection?.set(typeof change === 'function' ? change(selection.picked) : change),
  });
  const size = narrow ? CARD : ROW;
  const virtual = useVirtualizer({
    count: pages.rowCount,
    getScrollElement: () => scroll.current,
    estimateSize: () => size,
    overscan: OVERSCAN,
    initialRect: { width: 1_000, height: 800 },
  });
  useEffect(() => virtual.measure(), [virtual, size]);
  const shown = virtual.getVirtualItems();
  const [top, bottom] = [shown[0]?.index ?? 0, shown.at(-1)?.index ?? 0];
  const { see } = pages;
  useEffect(() => see(top, bottom), [see, top, bottom]);

  const leaves = useMemo(() => columns.filter(({ id }) => visibility[id] === true), [columns, visibility]);
  const template = [
    ...(selection === undefined ? [] : [`${CHECK}px`]),
    ...(narrow
      ? ['minmax(0, 1fr)']
      : leaves.map(({ width, grows }) => (grows === true ? `minmax(${width}px, 1fr)` : `${width}px`))),
  ].join(' ');
  const rows = table.getRowModel().rows;
  const on = useLatest<RowEvents<T>>({
    open: (row) => onOpen?.(row),
    pick: (id, picked) => table.getRow(id).toggleSelected(picked),
  });

  const walk = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const from = (event.target as HTMLElement).closest<HTMLElement>('[data-index]');
    if (
      step === undefined ||
      from === null ||
      (event.target as HTMLElement).closest('[role=menu],input[type=text]') !== null
    )
      return;
    const next = Number(from.dataset['index']) + step;
    if (next < 0 || next >= pages.rowCount) return;
    event.preventDefault();
    virtual.scrollToIndex(next);
    const column = focusables(from).indexOf(event.target as HTMLElement);
    requestAnimationFrame(() => {
      const row = scroll.current?.querySelector<HTMLElement>(`[data-index="${next}"]`);
      const stops = row === null || row === undefined ? [] : focusables(row);
      (stops[column] ?? stops[0])?.focus();
    });
  };

  if (pages.error !== null && pages.rows.length === 0) return <ErrorState error={pages.error} retry={pages.retry} />;
  if (!pages.isPending && pages.rowCount === 0) return <>{empty}</>;
  return (
    <div className={styles.scroll} ref={scroll} tabIndex={0} role="region" aria-label={label} onKeyDown={walk}>
      <div
        role="table"
        aria-label={label}
        aria-busy={pages.isPending}
        aria-rowcount={pages.total?.isAtLeast === true ? -1 : pages.rowCount + (narrow ? 0 : 1)}
        className={narrow ? styles.narrow : styles.table}
      >
        {!narrow && (
          <div role="rowgroup" className={styles.header}>
            <div
              role="row"
              aria-rowindex={1}
              className={rowStyles.row}
              style={{ gridTemplateColumns: template, height: 40 }}
            >
              {selection !== undefined && (
                <span role="columnheader" className={styles.check}>
                  <span className={styles.unseen}>Picked</span>
                </span>
              )}
              {leaves.map(({ id, header, numeric }) => (
                <span
                  key={id}
                  role="columnheader"
                  className={mergeClasses(rowStyles.cell, numeric === true && rowStyles.numeric)}
                  title={header}
                >
                  {header}
                </span>
              ))}
            </div>
          </div>
        )}
        {pages.isPending && <Placeholder rows={8} height={size} />}
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, start }) => {
            const row = rows[index - pages.first];
            if (row === undefined) {
              const place = { transform: `translateY(${start}px)`, height: size, gridTemplateColumns: template };
              return (
                <div
                  key={`at ${index}`}
                  className={mergeClasses(rowStyles.row, rowStyles.data)}
                  style={place}
                  aria-hidden
                >
                  <SkeletonLine />
                </div>
              );
            }
            return (
              <TableRow
                key={row.id}
                row={row.original}
                id={row.id}
                index={index}
                start={start}
                height={size}
                template={template}
                leaves={leaves}
                card={narrow ? card : undefined}
                opens={onOpen !== undefined}
                pick={
                  selection === undefined
                    ? 'none'
                    : row.getIsSelected()
                      ? 'picked'
                      : row.getCanSelect()
                        ? 'possible'
                        : 'impossible'
                }
                pickLabel={selection === undefined ? '' : (rowLabel?.(row.original) ?? row.id)}
                on={on}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function SkeletonLine() {
  return (
    <Skeleton style={{ gridColumn: '1 / -1' }}>
      <SkeletonItem size={16} />
    </Skeleton>
  );
}

function Placeholder({ rows, height }: { readonly rows: number; readonly height: number }) {
  const rowStyles = useRowStyles();
  return (
    <div aria-hidden>
      {Array.from({ length: rows }, (_, at) => (
        <div key={at} className={rowStyles.row} style={{ height }}>
          <SkeletonLine />
        </div>
      ))}
    </div>
  );
}

function focusables(row: HTMLElement): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>('a[href],button:not([disabled]),input:not([disabled])')];
}

/** What was given last, by a name that stays the same. */
function useLatest<T>(value: T): RefObject<T> {
  const latest = useRef(value);
  latest.current = value;
  return latest;
}
