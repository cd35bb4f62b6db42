import { type Client } from './client';

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

const LIMIT = 500;

/** Every item of a list, page after page. */
export async function allPages<T>(client: Client, path: string): Promise<readonly T[]> {
  const items: T[] = [];
  for (let cursor: string | null = null; ;) {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { data } = await client.call<Page<T>>(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}limit=${LIMIT}${query}`,
    );
    items.push(...data.items);
    cursor = data.nextCursor;
    if (cursor === null) return items;
  }
}
