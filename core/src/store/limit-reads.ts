// Reads what is used of limits, and who waits.
import type { Kysely } from 'kysely';
import type { Limit, LimitKey } from '../job/limit.ts';
import type { Dialect } from './dialect.ts';
import { startsOf, type Use, useOf } from './limits.ts';
import type { Database } from './schema.ts';

/** Values that are listed: those for which most jobs wait. */
const MOST_VALUES = 20;
/** Waiting jobs that are counted for it. */
const MOST_COUNTED = 100_000;

export class LimitReads {
  readonly #db: Kysely<Database>;

  constructor({ reader }: Dialect) {
    this.#db = reader;
  }

  /** Of one value, or of a limit without `by`. */
  use(limit: Limit, value: string, now: number): Promise<Use> {
    return useOf({ db: this.#db }, { name: limit.name, value }, limit, now);
  }

  /** Of all values. */
  async started(name: string, since: number): Promise<number> {
    return (await startsOf({ db: this.#db }, name, null, since)).started;
  }

  /** Most waiting first. */
  async values(name: string): Promise<{ value: string; waiting: number }[]> {
    const waiting = this.#db
      .selectFrom('pwj_limited')
      .select('value')
      .where('name', '=', name)
      .where('waits', '=', 1)
      .limit(MOST_COUNTED);
    const rows = await this.#db
      .selectFrom(waiting.as('some'))
      .select((e) => ['value', e.fn.countAll<number>().as('n')])
      .groupBy('value')
      .orderBy('n', 'desc')
      .orderBy('value')
      .limit(MOST_VALUES)
      .execute();
    return rows.map(({ value, n }) => ({ value, waiting: Number(n) }));
  }

  /** Where a job waits. */
  async ofJob(id: string): Promise<LimitKey | null> {
    const row = this.#db.selectFrom('pwj_limited').select(['name', 'value']).where('job_id', '=', id);
    return (await row.executeTakeFirst()) ?? null;
  }
}
