// Paging with opaque cursors.
import { type SelectQueryBuilder, sql } from 'kysely';

/** The last row of a page: its time, and the keys that tell rows of one time apart. */
export type Place = [at: number, ...keys: string[]];

export interface Paging {
  limit: number;
  after?: Place | undefined;
}

/** Null if the cursor is not ours. */
export function fromCursor(text: string, keys: number): Place | null {
  try {
    const [at, ...key] = JSON.parse(Buffer.from(text.slice(0, 1_000), 'base64url').toString('utf8')) as unknown[];
    const isOurs = Number.isSafeInteger(at) && key.length === keys && key.every((part) => typeof part === 'string');
    return isOurs ? ([at, ...key] as Place) : null;
  } catch {
    return null;
  }
}

export interface Page<T> {
  rows: T[];
  /** The cursor of the next page; null at the end. */
  next: string | null;
}

/** A page of the rows of `query`, by their column `at` and then by `keys`. */
export async function newestFirst<DB, TB extends keyof DB, O extends { at: number }>(
  query: SelectQueryBuilder<DB, TB, O>,
  keys: readonly (keyof O & string)[],
  { limit, after }: Paging,
): Promise<Page<O>> {
  const columns = ['at', ...keys].map((name) => sql.ref(name));
  const older = sql<boolean>`(${sql.join(columns)}) < (${sql.join(after ?? [])})`;
  const newest = sql`${sql.join(columns.map((column) => sql`${column} desc`))}`;
  const rows = await (after ? query.where(older) : query)
    .orderBy(newest)
    .limit(limit + 1)
    .execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const place = last && ['at' as const, ...keys].map((name) => last[name]);
  const isMore = rows.length > limit && place !== undefined;
  return { rows: shown, next: isMore ? Buffer.from(JSON.stringify(place)).toString('base64url') : null };
}
