// What runs now, and where.
import type { Dialect } from '../dialect.ts';

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
