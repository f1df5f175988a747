// Reads what is used of limits, and who waits.
import type { Kysely } from 'kysely';
import type { Dialect } from './dialect.ts';
import { PLACE, startsOf } from './limits.ts';
import type { Database } from './schema.ts';

/** Values that are listed: those for which most jobs wait. */
const MOST_VALUES = 20;

export interface ValueUse {
  value: string;
  waiting: number;
  running: number;
  closedUntil: number | null;
}

export class LimitReads {
  readonly #db: Kysely<Database>;

  constructor({ reader }: Dialect) {
    this.#db = reader;
  }

  /** What is stored of each limit. */
  async all(): Promise<Map<string, { changed: string | null; closedUntil: number | null }>> {
    const rows = await this.#db
      .selectFrom('pwj_limits')
      .select(['name', 'changed', 'closed_until as closedUntil'])
      .execute();
    return new Map(rows.map(({ name, ...row }) => [name, row]));
  }

  started(name: string, value: string | null, since: number): Promise<{ started: number; first: number | null }> {
    return startsOf({ db: this.#db }, name, value, since);
  }

  /** Most waiting first. */
  async values(name: string): Promise<ValueUse[]> {
    const heads = await this.#db
      .selectFrom('pwj_limit_heads')
      .select(['value', 'waiting', 'closed_until as closedUntil'])
      .where('name', '=', name)
      .orderBy('waiting', 'desc')
      .orderBy('value')
      .limit(MOST_VALUES)
      .execute();
    return Promise.all(heads.map(async (head) => ({ ...head, running: await this.#running(name, head.value) })));
  }

  async waiting(name: string): Promise<number> {
    const row = await this.#db
      .selectFrom('pwj_limit_heads')
      .select((e) => e.fn.sum<number | null>('waiting').as('n'))
      .where('name', '=', name)
      .executeTakeFirst();
    return Math.max(Number(row?.n ?? 0), 0);
  }

  /** The value of a job, as far as it has a place, and its use. */
  async ofJob(id: string): Promise<(ValueUse & { name: string }) | null> {
    const row = await this.#db
      .selectFrom('pwj_limited')
      .leftJoin('pwj_limit_heads', (join) =>
        join
          .onRef('pwj_limit_heads.name', '=', 'pwj_limited.name')
          .onRef('pwj_limit_heads.value', '=', 'pwj_limited.value'),
      )
      .select(['pwj_limited.name as name', 'pwj_limited.value as value', 'waiting', 'closed_until as closedUntil'])
      .where('job_id', '=', id)
      .executeTakeFirst();
    if (!row) return null;
    return { ...row, waiting: row.waiting ?? 0, running: await this.#running(row.name, row.value) };
  }

  async #running(name: string, value: string): Promise<number> {
    const row = await this.#db
      .selectFrom('pwj_limited')
      .select((e) => e.fn.countAll<number>().as('n'))
      .where('name', '=', name)
      .where('value', '=', value)
      .where('place', '=', PLACE.runs)
      .executeTakeFirst();
    return Number(row?.n ?? 0);
  }
}
