// The state of the work: counts that differ from the rows, and why jobs are parked.
import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';

export interface Drift {
  state: string;
  type: string;
  /** How many more are counted than are there. */
  n: number;
}

/** One statement, so that both sides are of the same moment; it looks at every row. */
export async function drift({ reader }: Dialect): Promise<Drift[]> {
  const { rows } = await sql<Drift>`
    select state, type, sum(n) as n from (
      select state, type, n from pwj_counts
      union all
      select state, type, -1 * count(*) as n from pwj_jobs group by state, type
    ) as both_sides group by state, type having sum(n) <> 0 order by state, type`.execute(reader);
  return rows.map(({ state, type, n }) => ({ state, type, n: Number(n) }));
}

/** How many jobs are parked, by the reason. */
export async function parkedReasons({ reader }: Dialect): Promise<ReadonlyMap<string, number>> {
  const rows = await reader
    .selectFrom('pwj_jobs')
    .select((e) => ['reason', e.fn.countAll<number>().as('n')])
    .where('state', '=', 'parked')
    .groupBy('reason')
    .execute();
  return new Map(rows.map(({ reason, n }) => [reason ?? 'unknown', Number(n)]));
}

/** Is there a delayed job whose time has come? */
export async function isDue({ reader }: Dialect, now: number): Promise<boolean> {
  const rows = await reader.selectFrom('pwj_jobs').select('id').where('due_at', '<=', now).limit(1).execute();
  return rows.length > 0;
}

/** How many jobs these nodes hold. */
export async function heldJobs({ reader }: Dialect, nodes: readonly string[]): Promise<number> {
  if (nodes.length === 0) return 0;
  const row = await reader
    .selectFrom('pwj_jobs')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('state', '=', 'processing')
    .where('node', 'in', [...nodes])
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}

export interface RunningRow {
  id: string;
  type: string;
  node: string | null;
}

/** Jobs that run on these nodes, or on any (`null`): how many, and the oldest of them, at most `most`. */
export async function runningOn(
  { reader }: Dialect,
  nodes: readonly string[] | null,
  most: number,
): Promise<{ n: number; first: RunningRow[] }> {
  let rows = reader.selectFrom('pwj_jobs').where('state', '=', 'processing');
  if (nodes) rows = rows.where('node', 'in', [...nodes]);
  const first = await rows.select(['id', 'type', 'node']).orderBy('id').limit(most).execute();
  if (first.length < most) return { n: first.length, first };
  const row = await rows.select((e) => e.fn.countAll<number>().as('n')).executeTakeFirst();
  return { n: Number(row?.n ?? 0), first };
}
