// For tests that put jobs into a state by hand, or spoil them.
import { type Kysely, sql, type Updateable } from 'kysely';
import type { Database, JobsTable } from '../src/store/schema.ts';

/** The trigger that `test/support/state-guard.ts` makes in the database of each test. */
export const STATE_GUARD = 'test_state_guard';

/** From here on nothing watches the states in this database. */
export const leaveStatesAlone = async (db: Kysely<Database>): Promise<void> => {
  await sql`drop trigger if exists ${sql.raw(STATE_GUARD)}`.execute(db);
};

interface ByHand {
  pwj_jobs: Omit<JobsTable, 'state'> & { state: string };
}

/** The jobs with a state that any statement may write, and to any text. */
export const byHand = (db: Kysely<Database>) => db as unknown as Kysely<ByHand>;

/** Changes columns of a stored job. */
export const setColumns = (db: Kysely<Database>, id: string, set: Updateable<ByHand['pwj_jobs']>) =>
  byHand(db).updateTable('pwj_jobs').set(set).where('id', '=', id).execute();

/** Counts all jobs again, after a change of the table by hand. */
export async function recount(db: Kysely<Database>): Promise<void> {
  await db.deleteFrom('pwj_counts').execute();
  await db
    .insertInto('pwj_counts')
    .columns(['state', 'type', 'shard', 'n'])
    .expression(
      db
        .selectFrom('pwj_jobs')
        .select((e) => ['state', 'type', e.lit(0).as('shard'), e.fn.countAll<number>().as('n')])
        .groupBy(['state', 'type']),
    )
    .execute();
}
