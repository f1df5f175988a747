// Chooses where a search reads and how far: ranges of an index that has the order of the list, read from their ends and merged, give its
// first jobs without scanning the table.

import type { JobFilter, JobSort } from '@phraseworks/sdk';
import { PRIORITIES } from '@phraseworks/sdk/host';
import { sql } from 'kysely';
import type { StoredState } from '../job/lifecycle.ts';
import { isId } from '../kernel/id.ts';
import type { Dialect, Sql } from './dialect.ts';
import type { IdRange, IndexRange, Order, Place } from './search-order.ts';

/** The most ranges in one statement: engines limit its parts. */
const MOST = 200;

const everything: IndexRange = { where: sql`1 = 1`, index: 'primary' };
/** Texts that cannot be ids find nothing, as unknown ids do. */
function ofIds(given: readonly string[]): IndexRange {
  const ids = given.filter(isId);
  return { where: ids.length === 0 ? sql`1 = 0` : sql`id in (${sql.join(ids)})`, index: 'primary' };
}
/** Only delayed jobs have a due time, and only those that have ended an end. */
const TIMED = {
  due: { where: sql`due_at is not null`, index: 'pwj_jobs_due' },
  ended: { where: sql`finished_at is not null`, index: 'pwj_jobs_finished' },
} as const satisfies Partial<Record<JobSort, IndexRange>>;
const ofSchedule = (schedule: string): IndexRange => ({
  where: sql`schedule = ${schedule}`,
  index: 'pwj_jobs_schedule',
});

/** A stored state, and the types of which a list shows jobs in it. */
export interface StatePart {
  state: StoredState;
  types: readonly string[];
}

/** One range for each state, type and priority. */
const inStates = (parts: readonly StatePart[]): IndexRange[] =>
  parts.flatMap(({ state, types }) =>
    types.flatMap((type) =>
      PRIORITIES.map(
        (_, priority): IndexRange => ({
          where: sql`state = ${state} and type = ${type} and priority = ${priority}`,
          index: 'pwj_jobs_claim',
        }),
      ),
    ),
  );

/** Columns that are not read as they are stored, or have another name; the size of the data is known without reading it. */
const COMPUTED: Readonly<Record<string, Sql>> = {
  bytes: sql`octet_length(data)`,
  finishedAt: sql`finished_at`,
};

/** What to read of all ranges together, in the order. */
interface Wanted<R> {
  order: Order;
  columns: readonly (keyof R & string)[];
  ids: IdRange;
  after?: Place | null;
  upTo?: Place | null;
  matches?: readonly Sql[];
  limit: number;
}

/** The first matching rows of all ranges, each as `columns`; at most `limit`, in the order. */
export async function firstOf<R extends Place>(
  dialect: Dialect,
  indexRanges: readonly IndexRange[],
  wanted: Wanted<R>,
): Promise<R[]> {
  const { order, limit } = wanted;
  const rows = await union(dialect, indexRanges, wanted, sql`limit ${limit}`);
  return rows.sort(order.compare).slice(0, limit);
}

/** The place up to which no range has more than `each` rows; null if none has more. */
export async function furthest(
  dialect: Dialect,
  indexRanges: readonly IndexRange[],
  wanted: Omit<Wanted<Place>, 'columns' | 'limit' | 'matches'>,
  each: number,
): Promise<Place | null> {
  const { order } = wanted;
  const places = await union<Place>(
    dialect,
    indexRanges,
    { ...wanted, columns: order.columns },
    sql`limit 1 offset ${each - 1}`,
  );
  return places.sort(order.compare)[0] ?? null;
}

/** In as many statements as needed. */
async function union<R>(
  dialect: Dialect,
  indexRanges: readonly IndexRange[],
  { order, columns, ids, after = null, upTo = null, matches = [] }: Omit<Wanted<R>, 'limit'>,
  end: Sql,
): Promise<R[]> {
  const ranges = indexRanges.flatMap((range) => order.between(range, ids, after, upTo));
  if (ranges.length === 0) return [];
  const names = sql.join(columns.map((name) => sql.ref(name)));
  const values = sql.join(
    columns.map((name) => sql`${(name === 'at' && order.at) || (COMPUTED[name] ?? sql.ref(name))} as ${sql.ref(name)}`),
  );
  const parts = ranges.map(
    ({ where, index }) =>
      sql`select ${names} from (select ${values} from ${dialect.jobsAlong(index)} where ${sql.join([where, ...matches], sql` and `)} order by ${order.by} ${end}) as part`,
  );
  const rows: R[] = [];
  for (let from = 0; from < parts.length; from += MOST) {
    const some = sql.join(parts.slice(from, from + MOST), sql` union all `);
    rows.push(...(await sql<R>`${some}`.execute(dialect.reader)).rows);
  }
  return rows;
}

/** Jobs examined per request by default, and the minimum per range. */
const LOOKED = 10_000;
const LEAST = 200;

export interface Scope {
  indexRanges: IndexRange[];
  /** What is filtered row by row. */
  left: readonly StatePart[];
}

/** `parts`: undefined for jobs in all states; `total`: the jobs in them. */
export function scopeOf(
  { ids, schedule, sort }: Pick<JobFilter, 'ids' | 'schedule' | 'sort'>,
  parts: readonly StatePart[] | undefined,
  total = Number.POSITIVE_INFINITY,
): Scope {
  const left = parts ?? [];
  if (ids) return { indexRanges: [ofIds(ids)], left };
  // Few that ended are sorted faster than found among all others.
  if (sort === 'ended' && parts && total <= LOOKED) return { indexRanges: inStates(parts), left: [] };
  if (sort === 'due' || sort === 'ended') return { indexRanges: [TIMED[sort]], left };
  if (schedule !== undefined) return { indexRanges: [ofSchedule(schedule)], left };
  return parts ? { indexRanges: inStates(parts), left: [] } : { indexRanges: [everything], left: [] };
}

/** The last place to examine; null: all. `total`: the jobs in all ranges, if they are known; few are all examined. */
export function lastToExamine(
  dialect: Dialect,
  { indexRanges }: Scope,
  wanted: Parameters<typeof furthest>[2],
  total: number | null,
  looked = LOOKED,
): Promise<Place | null> {
  const isSpread = indexRanges.length > 1 && total !== null && total > looked;
  const each = isSpread ? Math.max(LEAST, Math.ceil(looked / indexRanges.length)) : looked;
  return furthest(dialect, indexRanges, wanted, each);
}
