import { printable } from './printable';

const WIDEST = 60;

/** Rows as aligned lines under their heads; what is long is cut, and nothing of it steers the terminal. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const shown = [heads, ...rows.map((row) => row.map(cut))];
  const widths = heads.map((_head, column) => Math.max(...shown.map((row) => row[column]?.length ?? 0)));
  return shown.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function cut(cell: string): string {
  const line = printable(cell);
  return line.length > WIDEST ? `${line.slice(0, WIDEST - 1)}…` : line;
}
