// For tests that put jobs into a state by hand, or spoil them: in their database nothing watches the states any more.
import { type Kysely, sql } from 'kysely';
import type { Database } from '../src/store/schema.ts';

/** The trigger that `test/support/state-guard.ts` makes in the database of each test. */
export const STATE_GUARD = 'test_state_guard';

export const leaveStatesAlone = async (db: Kysely<Database>): Promise<void> => {
  await sql`drop trigger if exists ${sql.raw(STATE_GUARD)}`.execute(db);
};
