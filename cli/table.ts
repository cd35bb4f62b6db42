import Table from 'cli-table3';
import { printable } from './printable';

/** A column: its title, what a row shows there, and how many characters of it at most. */
export type TableColumn<R> = readonly [title: string, of: (row: R) => string, most: number];

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((line) => [line, '']),
);

/** Rows as a table for a terminal: aligned, cut where they are long, without anything that would steer it. */
export function tableOf<R>(columns: readonly TableColumn<R>[], rows: readonly R[]): string {
  const table = new Table({
    head: columns.map(([title]) => title),
    chars: { ...NO_LINES, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(columns.map(([, of, most]) => cut(printable(of(row)), most)));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

function cut(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
