import { once } from 'node:events';
import { type Response } from 'express';

/** The columns of a CSV answer: a name, and what a row shows there. */
export type Columns<R> = readonly (readonly [name: string, of: (row: R) => unknown])[];

/** What a spreadsheet may read as a formula, also behind blanks, control characters or in its full-width form. */
const FORMULA = /^(?:[\u0000-\u0020\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\u0000])/;

/** A cell of a CSV file: always quoted, never a formula (a text that would be one gets a leading apostrophe). */
export function csvCell(value: unknown): string {
  const text = textOf(value);
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** Streams rows as an attachment, page by page: the whole result, however long, without holding it in memory. */
export async function sendCsv<R>(
  response: Response,
  { name, columns, pages }: { readonly name: string; readonly columns: Columns<R>; readonly pages: AsyncIterable<R[]> },
): Promise<undefined> {
  response.status(200).set({
    'Content-Type': 'text/csv; charset=utf-8; header=present',
    'Content-Disposition': `attachment; filename="${name}.csv"`,
    'Cache-Control': 'no-store',
  });
  let text = csvLine(columns.map(([title]) => title));
  for await (const rows of pages) {
    text += rows.map((row) => csvLine(columns.map(([, of]) => of(row)))).join('');
    if (!(await written(response, text))) return;
    text = '';
  }
  response.end(text);
}

/** Writes and waits until the caller has room for more; `false` where the caller has gone. */
async function written(response: Response, text: string): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(text)) return true;
  await Promise.race([once(response, 'drain'), once(response, 'close')]);
  return !response.destroyed;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}
