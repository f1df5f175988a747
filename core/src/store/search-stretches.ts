// Stretches of an index in which the ids rise: read from their ends and merged, they give the newest jobs without walking the table.
import { sql } from 'kysely';
import type { StoredState } from '../queue/lifecycle.ts';
import type { Dialect } from './dialect.ts';
import type { Condition } from './search-match.ts';

export interface Stretch {
  where: Condition;
  /** The index that it lies in. */
  index: 'primary' | 'pwj_jobs_claim' | 'pwj_jobs_schedule';
}

/** Ids from `from` on and below `below`; null: no limit. */
export interface Range {
  from: string | null;
  below: string | null;
}

/** So many are one statement. */
const MOST = 200;

export const everything: Stretch = { where: sql`1 = 1`, index: 'primary' };
export const ofSchedule = (schedule: string): Stretch => ({
  where: sql`schedule = ${schedule}`,
  index: 'pwj_jobs_schedule',
});

/** One for each state, lane and priority; null when they are too many. */
export async function inStates(dialect: Dialect, states: readonly StoredState[]): Promise<Stretch[] | null> {
  const stretches: Stretch[] = [];
  for (const state of states) {
    const places = await (dialect.name === 'sqlite' ? stepwise(dialect, state) : atOnce(dialect, state));
    if (stretches.length + places.length > MOST) return null;
    for (const { lane, priority } of places)
      stretches.push({
        where: sql`state = ${state} and lane = ${lane} and priority = ${priority}`,
        index: 'pwj_jobs_claim',
      });
  }
  return stretches;
}

interface Place {
  lane: string;
  priority: number;
}

/** One step in the index for each place: SQLite would walk through all rows of the state. */
async function stepwise({ reader }: Dialect, state: StoredState): Promise<Place[]> {
  const places: Place[] = [];
  let last: Place | undefined;
  while (places.length <= MOST) {
    const jobs = reader.selectFrom('pwj_jobs').select(['lane', 'priority']).where('state', '=', state);
    const next: Place | undefined =
      (last &&
        (await jobs
          .where('lane', '=', last.lane)
          .where('priority', '>', last.priority)
          .orderBy('priority')
          .limit(1)
          .executeTakeFirst())) ??
      (await jobs
        .where('lane', '>', last?.lane ?? '')
        .orderBy('lane')
        .orderBy('priority')
        .limit(1)
        .executeTakeFirst());
    if (!next) break;
    places.push(next);
    last = next;
  }
  return places;
}

/** A server makes these steps by itself. */
const atOnce = ({ reader }: Dialect, state: StoredState): Promise<Place[]> =>
  reader
    .selectFrom('pwj_jobs')
    .select(['lane', 'priority'])
    .where('state', '=', state)
    .groupBy(['lane', 'priority'])
    .limit(MOST + 1)
    .execute();

/** The size of the data is known without reading it. */
const COMPUTED: Readonly<Record<string, Condition>> = { bytes: sql`octet_length(data)` };

/** The newest rows of all stretches that match, each as `columns`; at most `limit`, newest first. */
export async function newest<R extends { id: string }>(
  dialect: Dialect,
  stretches: readonly Stretch[],
  wanted: { columns: readonly (keyof R & string)[]; range: Range; matches?: readonly Condition[]; limit: number },
): Promise<R[]> {
  const { columns, range, matches = [], limit } = wanted;
  const rows = await union<R>(dialect, stretches, (stretch) => ({
    columns,
    conditions: [stretch.where, ...limitsOf(range), ...matches],
    end: sql`limit ${limit}`,
  }));
  return rows.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
}

/** The id above which no stretch has more than `each` rows; null when that holds for all of them. */
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

const limitsOf = ({ from, below }: Range): Condition[] => [
  ...(from === null ? [] : [sql`id >= ${from}`]),
  ...(below === null ? [] : [sql`id < ${below}`]),
];

interface Part {
  columns: readonly string[];
  conditions: readonly Condition[];
  end: Condition;
}

async function union<R>(
  dialect: Dialect,
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
    // Left to itself a server may walk down the table for the sake of the order.
    const table = sql.raw(dialect.name === 'sqlite' ? 'pwj_jobs' : `pwj_jobs force index (${stretch.index})`);
    return sql`select ${names} from (select ${values} from ${table} where ${sql.join([...conditions], sql` and `)} order by id desc ${end}) as stretch`;
  });
  return [...(await sql<R>`${sql.join(parts, sql` union all `)}`.execute(dialect.reader)).rows];
}
