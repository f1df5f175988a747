// What content jobs are about, one row for each that has any: `post:17`.
import type { ExpressionBuilder } from 'kysely';
import { STEPS } from '../job/lifecycle.ts';
import type { Dialect } from './dialect.ts';
import type { Database } from './schema.ts';
import { PASS_SIZE } from './transition.ts';
import type { Tx } from './tx.ts';

/** Jobs of one content that a list looks at: the newest. */
const MOST_LISTED = 10_000;

/** Null if it is about none. */
export const aboutOfJob = (e: ExpressionBuilder<Database, 'pwj_jobs'>) =>
  e.selectFrom('pwj_about').select('pwj_about.about').whereRef('job_id', '=', 'pwj_jobs.id').as('about');

/** The newest of them. */
export async function idsAbout({ reader }: Dialect, about: string): Promise<string[]> {
  const rows = await reader
    .selectFrom('pwj_about')
    .select('job_id as id')
    .where('about', '=', about)
    .orderBy('job_id', 'desc')
    .limit(MOST_LISTED)
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * The next jobs about it that have not ended, at most a pass. On a server, what others have committed is also read outside the transaction, whose
 * snapshot may be older.
 */
export async function openAbout(
  { reader, rowLocks }: Dialect,
  { db }: Tx,
  about: string,
  after: string,
): Promise<string[]> {
  const ids = new Set<string>();
  for (const from of rowLocks ? [reader, db] : [db]) {
    const query = from
      .selectFrom('pwj_about as a')
      .innerJoin('pwj_jobs as j', 'j.id', 'a.job_id')
      .select('a.job_id as id')
      .where('a.about', '=', about)
      .where('a.job_id', '>', after)
      .where('j.state', 'in', STEPS.cancel.from);
    for (const { id } of await query.orderBy('a.job_id').limit(PASS_SIZE).execute()) ids.add(id);
  }
  return [...ids].sort().slice(0, PASS_SIZE);
}
