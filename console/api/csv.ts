import { proof } from './client';
import { ApiProblem } from './problem';

/** What the API answers as CSV: a list under a query, or what a call with a body tells of. */
export interface CsvSource {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
}

/** Saves the whole answer, as the server streams it. */
export async function saveCsv({ path, query = {}, body }: CsvSource, fileName: string): Promise<void> {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  const response = await fetch(`${path}?${new URLSearchParams(given).toString()}`, {
    headers: { Accept: 'text/csv' },
    ...(body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { Accept: 'text/csv', 'Content-Type': 'application/json', ...proof() },
          body: JSON.stringify(body),
        }),
  }).catch(() => {
    throw new ApiProblem(0, null);
  });
  if (!response.ok) throw new ApiProblem(response.status, await response.json().catch(() => null));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(link.href);
}
