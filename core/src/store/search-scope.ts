// Chooses where a search reads and how far: ranges of an index with rising ids, read from their ends and merged, give the newest jobs
// without scanning the table.
import { sql } from 'kysely';
import type { StoredState } from '../job/lifecycle.ts';
import { isId } from '../kernel/id.ts';
import type { Dialect, JobIndex, Sql } from './dialect.ts';
import type { JobFilter } from './job-filter.ts';

export interface IndexRange {
  where: Sql;
  /** The index that contains it. */
  index: JobIndex;
}

/** Ids from `from` up to `below`, exclusive; null: no limit. */
export interface IdRange {
  from: string | null;
  below: string | null;
}

/** The most in one statement. */
const MOST = 200;

const everything: IndexRange = { where: sql`1 = 1`, index: 'primary' };
/** Texts that cannot be ids find nothing, as unknown ids do. */
function ofIds(given: readonly string[]): IndexRange {
  const ids = given.filter(isId);
  return { where: ids.length === 0 ? sql`1 = 0` : sql`id in (${sql.join(ids)})`, index: 'primary' };
}
const ofSchedule = (schedule: string): IndexRange => ({
  where: sql`schedule = ${schedule}`,
  index: 'pwj_jobs_schedule',
});

/** One per state, lane and priority; null if there are too many. */
async function inStates({ search, reader }: Dialect, states: readonly StoredState[]): Promise<IndexRange[] | null> {
  const indexRanges: IndexRange[] = [];
  for (const state of states) {
    const places = await search.lanesIn(reader, state, MOST);
    if (indexRanges.length + places.length > MOST) return null;
    for (const { lane, priority } of places)
      indexRanges.push({
        where: sql`state = ${state} and lane = ${lane} and priority = ${priority}`,
        index: 'pwj_jobs_claim',
      });
  }
  return indexRanges;
}

/** The size of the data is known without reading it. */
const COMPUTED: Readonly<Record<string, Sql>> = { bytes: sql`octet_length(data)` };

/** The newest matching rows of all ranges, each as `columns`; at most `limit`, newest first. */
export async function newest<R extends { id: string }>(
  dialect: Dialect,
  indexRanges: readonly IndexRange[],
  wanted: { columns: readonly (keyof R & string)[]; range: IdRange; matches?: readonly Sql[]; limit: number },
): Promise<R[]> {
  const { columns, range, matches = [], limit } = wanted;
  const rows = await union<R>(dialect, indexRanges, (indexRange) => ({
    columns,
    conditions: [indexRange.where, ...limitsOf(range), ...matches],
    end: sql`limit ${limit}`,
  }));
  return rows.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
}

/** The id above which no range has more than `each` rows; null if none has more. */
export async function floorId(
  dialect: Dialect,
  indexRanges: readonly IndexRange[],
  range: IdRange,
  each: number,
): Promise<string | null> {
  const rows = await union<{ id: string }>(dialect, indexRanges, (indexRange) => ({
    columns: ['id'],
    conditions: [indexRange.where, ...limitsOf(range)],
    end: sql`limit 1 offset ${each - 1}`,
  }));
  return rows.reduce<string | null>((floor, { id }) => (floor === null || id > floor ? id : floor), null);
}

const limitsOf = ({ from, below }: IdRange): Sql[] => [
  ...(from === null ? [] : [sql`id >= ${from}`]),
  ...(below === null ? [] : [sql`id < ${below}`]),
];

interface Part {
  columns: readonly string[];
  conditions: readonly Sql[];
  end: Sql;
}

async function union<R>(
  { search, reader }: Dialect,
  indexRanges: readonly IndexRange[],
  partOf: (indexRange: IndexRange) => Part,
): Promise<R[]> {
  if (indexRanges.length === 0) return [];
  const parts = indexRanges.map((indexRange) => {
    const { columns, conditions, end } = partOf(indexRange);
    const names = sql.join(columns.map((name) => sql.ref(name)));
    const values = sql.join(
      columns.map((name) => (COMPUTED[name] ? sql`${COMPUTED[name]} as ${sql.ref(name)}` : sql.ref(name))),
    );
    return sql`select ${names} from (select ${values} from ${search.jobsAlong(indexRange.index)} where ${sql.join([...conditions], sql` and `)} order by id desc ${end}) as part`;
  });
  return [...(await sql<R>`${sql.join(parts, sql` union all `)}`.execute(reader)).rows];
}

/** Jobs examined per request by default, and the minimum per range. */
const LOOKED = 10_000;
const LEAST = 200;

export interface Scope {
  indexRanges: IndexRange[];
  /** States whose jobs are filtered row by row. */
  left: readonly StoredState[];
}

/** The result of `JobReads.counts()`. */
export type Counts = () => Promise<readonly { state: string; n: number }[]>;

export async function scopeOf(
  dialect: Dialect,
  { ids, schedule }: Pick<JobFilter, 'ids' | 'schedule'>,
  states: readonly StoredState[],
): Promise<Scope> {
  if (ids) return { indexRanges: [ofIds(ids)], left: states };
  if (schedule !== undefined) return { indexRanges: [ofSchedule(schedule)], left: states };
  if (states.length === 0) return { indexRanges: [everything], left: [] };
  const indexRanges = await inStates(dialect, states);
  return indexRanges ? { indexRanges, left: [] } : { indexRanges: [everything], left: states };
}

/** The oldest id to examine; null: all. If these states have few jobs, all are examined. */
export async function oldestToExamine(
  dialect: Dialect,
  { indexRanges, left }: Scope,
  states: readonly StoredState[],
  range: IdRange,
  counts: Counts,
  looked = LOOKED,
): Promise<string | null> {
  let each = looked;
  if (states.length > 0 && left.length === 0) {
    const inThem = (await counts()).filter(({ state }) => (states as readonly string[]).includes(state));
    const total = inThem.reduce((sum, { n }) => sum + Number(n), 0);
    if (total > looked) each = Math.max(LEAST, Math.ceil(looked / indexRanges.length));
  }
  return floorId(dialect, indexRanges, range, each);
}
