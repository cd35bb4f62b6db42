import { ApiProblem } from './problem';

/** Saves a list of the API as CSV: the whole result under these filters, as the server streams it. */
export async function saveCsv(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  fileName: string,
): Promise<void> {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  const response = await fetch(`${path}?${new URLSearchParams(given).toString()}`, {
    headers: { Accept: 'text/csv' },
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
