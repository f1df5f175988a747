// Setup of every suite: a trigger refuses each change of a job's state that is no step of the table, whatever statement makes it.
import { sql } from 'kysely';
import { vi } from 'vitest';
import { STEPS } from '../../core/src/job/lifecycle.ts';
import type { Dialect } from '../../core/src/store/dialect.ts';
import { STATE_GUARD } from '../../core/test/by-hand.ts';

/** `from>to`, each pair that a step allows. */
const allowed = [
  ...new Set(
    Object.values(STEPS).flatMap(({ from, to, or }) =>
      from.flatMap((state) => [to, or ?? to].map((target) => `${state}>${target}`)),
    ),
  ),
];

async function guardStates({ name, db }: Dialect): Promise<void> {
  const pairs = sql.raw(allowed.map((pair) => `'${pair}'`).join(', '));
  const head = sql`create trigger if not exists ${sql.raw(STATE_GUARD)} before update`;
  await (name === 'sqlite'
    ? sql`${head} of state on pwj_jobs when old.state <> new.state and old.state || '>' || new.state not in (${pairs})
        begin select raise(abort, 'no step leads to this state'); end`
    : sql`${head} on pwj_jobs for each row
        if old.state <> new.state and concat(old.state, '>', new.state) not in (${pairs}) then
          signal sqlstate '45000' set message_text = 'no step leads to this state';
        end if`
  ).execute(db);
}

vi.mock('../../core/src/store/migrate.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../core/src/store/migrate.ts')>();
  return {
    ...original,
    migrate: async (...[dialect, now]: Parameters<typeof original.migrate>) => {
      const steps = await original.migrate(dialect, now);
      await guardStates(dialect);
      return steps;
    },
  };
});
