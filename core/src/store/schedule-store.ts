// Schedules and their ticks: all SQL of them.
import { isDeepStrictEqual } from 'node:util';
import { JobsError, type MissedRuns } from '@phraseworks/sdk';
import type { DeleteQueryBuilder, DeleteResult, Kysely, Updateable } from 'kysely';
import { Needing } from '../kernel/container.ts';
import { Ledger } from './ledger.ts';
import { columnsOf, type Database, type Row, selected } from './schema.ts';
import { PASS_SIZE } from './transition.ts';
import type { Tx } from './tx.ts';

type ScheduleRow = Row<'pwj_schedules'>;

/** A schedule as declared. `job` is the job as JSON. */
export interface ScheduleEntry
  extends Pick<ScheduleRow, 'key' | 'plugin' | 'name' | 'pattern' | 'timezone' | 'job' | 'dataVersion'> {
  missed: MissedRuns;
  /** Its plugin declares it at every start; false: created at run time, and kept. */
  declared: boolean;
  /** Edited manually, so the next declaration does not change it. */
  changed?: boolean;
}

/** Times in milliseconds since 1970. `nextAt`: the first run that has not fired; null if none is left. */
export interface StoredSchedule extends ScheduleEntry, Pick<ScheduleRow, 'nextAt' | 'lastAt' | 'lastJob'> {
  paused: boolean;
}

/** Values of `declared` besides 0 and 1. */
const CHANGED = 2;
const TICKS_KEPT = 7 * 86_400_000;

const declaredOf = ({ declared, changed = false }: ScheduleEntry): number => (!declared ? 0 : changed ? CHANGED : 1);

const schedulesIn = (db: Kysely<Database>) =>
  db.selectFrom('pwj_schedules').select(selected(columnsOf('pwj_schedules')));

const read = ({ createdAt: _, ...row }: ScheduleRow): StoredSchedule => ({
  ...row,
  missed: JSON.parse(row.missed) as MissedRuns,
  declared: row.declared !== 0,
  changed: row.declared === CHANGED,
  paused: row.paused !== 0,
});

/** A manual edit that a declaration does not overwrite. */
const isKept = (old: StoredSchedule, { declared, changed }: ScheduleEntry): boolean =>
  old.changed === true && declared && !changed;

const isSame = (old: StoredSchedule, entry: ScheduleEntry, nextAt: number): boolean =>
  isDeepStrictEqual({ ...old, ...entry, changed: entry.changed ?? false, nextAt }, old);

type Deletion = DeleteQueryBuilder<Database, 'pwj_schedules', DeleteResult>;

export class ScheduleStore extends Needing<typeof ScheduleStore.needs> {
  static readonly needs = { ledger: Ledger };

  /** A change that other processes must see. */
  #changing<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.needs.ledger.transact((tx, changes) => {
      changes.announce('schedules');
      return work(tx);
    });
  }

  async get(key: string): Promise<StoredSchedule | undefined> {
    const row = await schedulesIn(this.needs.ledger.dialect.reader).where('key', '=', key).executeTakeFirst();
    return row && read(row);
  }

  /** All, or those of one plugin, by key. */
  async list(plugin?: string): Promise<StoredSchedule[]> {
    let query = schedulesIn(this.needs.ledger.dialect.reader).orderBy('key');
    if (plugin !== undefined) query = query.where('plugin', '=', plugin);
    return (await query.execute()).map(read);
  }

  /**
   * Inserts or changes a schedule; `plan` returns the next run from the stored row. Keeps pauses and past runs, and does not overwrite
   * manual edits with a declaration. Writes and announces nothing if nothing changes: a host may declare again with every request.
   * Throws `INVALID_STATE` if a new one would exceed `most`.
   */
  async put(
    entry: ScheduleEntry,
    plan: (old: StoredSchedule | undefined) => number,
    now: number,
    most: number,
  ): Promise<void> {
    const stored = await this.get(entry.key);
    if (stored && (isKept(stored, entry) || isSame(stored, entry, plan(stored)))) return;
    await this.#changing(async ({ db }) => {
      const row = await schedulesIn(db).where('key', '=', entry.key).executeTakeFirst();
      const old = row && read(row);
      if (old && isKept(old, entry)) return;
      const { n } = await db
        .selectFrom('pwj_schedules')
        .select((e) => e.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();
      if (!row && Number(n) >= most)
        throw new JobsError('INVALID_STATE', `The limit of ${most} schedules is reached. Remove one first.`);
      const { changed: _, dataVersion, ...columns } = entry;
      const values = {
        ...columns,
        data_version: dataVersion,
        missed: JSON.stringify(entry.missed),
        declared: declaredOf(entry),
        next_at: plan(old),
      };
      // Another process may have inserted it meanwhile.
      await db
        .insertInto('pwj_schedules')
        .values({ ...values, paused: 0, created_at: now })
        .onConflict((c) => c.column('key').doUpdateSet(values))
        .execute();
    });
  }

  /** False if it did not exist. */
  async remove(key: string): Promise<boolean> {
    return (await this.#delete((query) => query.where('key', '=', key))) > 0;
  }

  /** Removes the declared schedules of `plugin`, or of the application (null), that are not in `names`; returns how many. */
  keepOnly(plugin: string | null, names: readonly string[]): Promise<number> {
    return this.#delete((query) => {
      const declared = query.where('plugin', plugin === null ? 'is' : '=', plugin).where('declared', '!=', 0);
      return names.length > 0 ? declared.where('name', 'not in', names) : declared;
    });
  }

  /** Removes all schedules of a plugin, including those created at run time; returns how many. */
  removeAll(plugin: string): Promise<number> {
    return this.#delete((query) => query.where('plugin', '=', plugin));
  }

  #delete(which: (query: Deletion) => Deletion): Promise<number> {
    return this.#changing(async ({ db }) => {
      const done = await which(db.deleteFrom('pwj_schedules')).executeTakeFirst();
      return Number(done.numDeletedRows);
    });
  }

  /** False if there is no such schedule. */
  pause(key: string): Promise<boolean> {
    return this.#change(key, (row) => (row.paused ? null : { paused: 1 }));
  }

  /** Continues with the run from `plan`; does nothing if it is not paused. False if there is no such schedule. */
  resume(key: string, plan: (schedule: StoredSchedule) => number | null): Promise<boolean> {
    return this.#change(key, (row) => (row.paused ? { paused: 0, next_at: plan(row) } : null));
  }

  /** Records a run outside the regular ones. */
  async ranBeside(key: string, at: number, jobId: string): Promise<void> {
    await this.#change(key, (row) => ({ last_at: Math.max(at, row.lastAt ?? 0), last_job: jobId }));
  }

  #change(
    key: string,
    change: (row: StoredSchedule) => Updateable<Database['pwj_schedules']> | null,
  ): Promise<boolean> {
    return this.#changing(async ({ db }) => {
      const row = await schedulesIn(db).where('key', '=', key).executeTakeFirst();
      if (!row) return false;
      const values = change(read(row));
      if (values) await db.updateTable('pwj_schedules').set(values).where('key', '=', key).execute();
      return true;
    });
  }

  /** Active schedules whose run is due, longest waiting first. */
  due(now: number): Promise<Pick<StoredSchedule, 'key' | 'plugin'>[]> {
    return this.needs.ledger.dialect.reader
      .selectFrom('pwj_schedules')
      .select(['key', 'plugin'])
      .where('paused', '=', 0)
      .where('next_at', '<=', now)
      .orderBy('next_at')
      .orderBy('key')
      .execute();
  }

  /** The next run after `after` of any active schedule. */
  async nearest(after: number): Promise<number | null> {
    const row = await this.needs.ledger.dialect.reader
      .selectFrom('pwj_schedules')
      .select((e) => e.fn.min('next_at').as('at'))
      .where('paused', '=', 0)
      .where('next_at', '>', after)
      .executeTakeFirst();
    return row?.at ?? null;
  }

  /** Advances from the run `from`, with `tick` as the last run that added a job; does nothing if another process was first. */
  async advance(key: string, from: number, to: number | null, tick: number | null): Promise<void> {
    await this.needs.ledger.dialect.transaction(async ({ db }) => {
      const ticks = db.selectFrom('pwj_ticks').select('job_id').where('schedule', '=', key);
      const made = tick === null ? undefined : await ticks.where('tick', '=', tick).executeTakeFirst();
      await db
        .updateTable('pwj_schedules')
        .set({ next_at: to, ...(made && { last_at: tick, last_job: made.job_id }) })
        .where('key', '=', key)
        .where('next_at', '=', from)
        .execute();
    });
  }

  /** Deletes ticks older than a week, at most one pass; returns how many. Keeps those that their schedule could still fire. */
  pruneTicks(now: number): Promise<number> {
    return this.needs.ledger.dialect.transaction(async ({ db }) => {
      const rows = await db
        .selectFrom('pwj_ticks as t')
        .leftJoin('pwj_schedules as s', 's.key', 't.schedule')
        .select(['t.schedule', 't.tick'])
        .where('t.tick', '<', now - TICKS_KEPT)
        .where((e) => e.or([e('s.next_at', 'is', null), e('t.tick', '<', e.ref('s.next_at'))]))
        .orderBy('t.tick')
        .limit(PASS_SIZE)
        .execute();
      for (const { schedule, tick } of rows) {
        await db.deleteFrom('pwj_ticks').where('schedule', '=', schedule).where('tick', '=', tick).execute();
      }
      return rows.length;
    });
  }
}
