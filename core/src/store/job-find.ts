// Finds jobs by a part of their id, as people type it.
import type { Dialect } from './dialect.ts';

/** The newest jobs that are looked at for the end of an id: no index serves it. */
const NEWEST = 100_000;

/** Ids that begin or end with `part` (hexadecimal digits and dashes), at most `most`. */
export async function idsLike({ reader }: Dialect, part: string, most: number): Promise<string[]> {
  // After all digits and the dash.
  const above = `${part}g`;
  const begun = await reader
    .selectFrom('pwj_jobs')
    .select('id')
    .where('id', '>=', part)
    .where('id', '<', above)
    .orderBy('id')
    .limit(most)
    .execute();
  const ended = await reader
    .selectFrom((e) => e.selectFrom('pwj_jobs').select('id').orderBy('id', 'desc').limit(NEWEST).as('newest'))
    .select('id')
    .where('id', 'like', `%${part}`)
    .limit(most)
    .execute();
  return [...new Set([...begun, ...ended].map(({ id }) => id))].slice(0, most);
}
