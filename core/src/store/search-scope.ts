// Chooses where a search reads and how far: ranges of an index with rising ids, read from their ends and merged, give the newest jobs
// without scanning the table.
import { sql } from 'kysely';
import type { StoredState } from '../job/lifecycle.ts';
import { isId } from '../kernel/id.ts';
import type { Dialect, JobIndex, Sql } from './dialect.ts';
import type { JobFilter } from './job-filter.ts';

export interface Stretch {
  where: Sql;
  /** The index that contains it. */
  index: JobIndex;
}

/** Ids from `from` up to `below`, exclusive; null: no limit. */
export interface Range {
  from: string | null;
  below: string | null;
}

/** The most in one statement. */
const MOST = 200;

const everything: Stretch = { where: sql`1 = 1`, index: 'primary' };
/** Texts that cannot be ids find nothing, as unknown ids do. */
function ofIds(given: readonly string[]): Stretch {
  const ids = given.filter(isId);
  return { where: ids.length === 0 ? sql`1 = 0` : sql`id in (${sql.join(ids)})`, index: 'primary' };
}
const ofSchedule = (schedule: string): Stretch => ({
  where: sql`schedule = ${schedule}`,
  index: 'pwj_jobs_schedule',
});

/** One per state, lane and priority; null if there are too many. */
async function inStates({ search, reader }: Dialect, states: readonly StoredState[]): Promise<Stretch[] | null> {
  const stretches: Stretch[] = [];
  for (const state of states) {
    const places = await search.lanesIn(reader, state, MOST);
    if (stretches.length + places.length > MOST) return null;
    for (const { lane, priority } of places)
      stretches.push({
        where: sql`state = ${state} and lane = ${lane} and priority = ${priority}`,
        index: 'pwj_jobs_claim',
      });
  }
  return stretches;
}

/** The size of the data is known without reading it. */
const COMPUTED: Readonly<Record<string, Sql>> = { bytes: sql`octet_length(data)` };

/** The newest matching rows of all ranges, each as `columns`; at most `limit`, newest first. */
export async function newest<R extends { id: string }>(
  dialect: Dialect,
  stretches: readonly Stretch[],
  wanted: { columns: readonly (keyof R & string)[]; range: Range; matches?: readonly Sql[]; limit: number },
): Promise<R[]> {
  const { columns, range, matches = [], limit } = wanted;
  const rows = await union<R>(dialect, stretches, (stretch) => ({
    columns,
    conditions: [stretch.where, ...limitsOf(range), ...matches],
    end: sql`limit ${limit}`,
  }));
  return rows.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
}

/** The id above which no range has more than `each` rows; null if none has more. */
export async function floorOf(
  dialect: Dialect,
  stretches: readonly Stretch[],
  range: Range,
  each: number,
): Promise<string | null> {
  const rows = await union<{ id: string }>(dialect, stretches, (stretch) => ({
    columns: ['id'],
    conditions: [stretch.where, ...limitsOf(range)],
    end: sql`limit 1 offset ${each - 1}`,
  }));
  return rows.reduce<string | null>((floor, { id }) => (floor === null || id > floor ? id : floor), null);
}

const limitsOf = ({ from, below }: Range): Sql[] => [
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
  stretches: readonly Stretch[],
  partOf: (stretch: Stretch) => Part,
): Promise<R[]> {
  if (stretches.length === 0) return [];
  const parts = stretches.map((stretch) => {
    const { columns, conditions, end } = partOf(stretch);
    const names = sql.join(columns.map((name) => sql.ref(name)));
    const values = sql.join(
      columns.map((name) => (COMPUTED[name] ? sql`${COMPUTED[name]} as ${sql.ref(name)}` : sql.ref(name))),
    );
    return sql`select ${names} from (select ${values} from ${search.jobsAlong(stretch.index)} where ${sql.join([...conditions], sql` and `)} order by id desc ${end}) as stretch`;
  });
  return [...(await sql<R>`${sql.join(parts, sql` union all `)}`.execute(reader)).rows];
}

/** Jobs examined per request by default, and the minimum per range. */
const LOOKED = 10_000;
const LEAST = 200;

export interface Scope {
  stretches: Stretch[];
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
  if (ids) return { stretches: [ofIds(ids)], left: states };
  if (schedule !== undefined) return { stretches: [ofSchedule(schedule)], left: states };
  if (states.length === 0) return { stretches: [everything], left: [] };
  const stretches = await inStates(dialect, states);
  return stretches ? { stretches, left: [] } : { stretches: [everything], left: states };
}

/** The oldest id to examine; null: all. If these states have few jobs, all are examined. */
export async function lookedDownTo(
  dialect: Dialect,
  { stretches, left }: Scope,
  states: readonly StoredState[],
  range: Range,
  counts: Counts,
  looked = LOOKED,
): Promise<string | null> {
  let each = looked;
  if (states.length > 0 && left.length === 0) {
    const inThem = (await counts()).filter(({ state }) => (states as readonly string[]).includes(state));
    const total = inThem.reduce((sum, { n }) => sum + Number(n), 0);
    if (total > looked) each = Math.max(LEAST, Math.ceil(looked / stretches.length));
  }
  return floorOf(dialect, stretches, range, each);
}
