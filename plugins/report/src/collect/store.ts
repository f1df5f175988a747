// Writing the figures: one short transaction per batch, guarded by the version of the collector's row, so that nothing is added twice.
import type { Transaction } from 'kysely';
import type { CollectorRow, Database, Tables } from '../tables.ts';
import { type Folded, OTHER_REASONS, REASONS, type ReasonRow, reasonKey, type SlowRow, slowestOf } from './fold.ts';
import { type Mark, readMark } from './mark.ts';
import { addRows } from './upsert.ts';

const ID = 1;

export interface Collector extends Pick<CollectorRow, 'holder' | 'held_until' | 'version' | 'since'> {
  mark: Mark;
}

export interface Addition {
  folded: Folded;
  mark: Mark;
  holder: string;
  /** Milliseconds since 1970; 0 gives it up. */
  heldUntil: number;
}

/** Somebody else has added something meanwhile. */
class Overtaken extends Error {}

export function createStore(db: Database) {
  async function read(): Promise<Collector | null> {
    const row = await db.selectFrom('pwj_report_collector').selectAll().where('id', '=', ID).executeTakeFirst();
    if (!row) return null;
    const { holder, held_until, version, since, mark } = row;
    return {
      holder,
      held_until: Number(held_until),
      version: Number(version),
      since: Number(since),
      mark: readMark(mark),
    };
  }

  return {
    /** The collector's row; made with the first call. */
    async open(now: number): Promise<Collector> {
      const known = await read();
      if (known) return known;
      const row = { id: ID, holder: '', held_until: 0, version: 0, mark: '', since: now };
      // Another process may have been first.
      await db
        .insertInto('pwj_report_collector')
        .values(row)
        .execute()
        .catch(() => {});
      const made = await read();
      if (!made) throw new Error('pwj_report_collector has no row');
      return made;
    },

    read,

    /** All of it or nothing; false when `version` is no longer the newest. */
    async add(version: number, { folded, mark, holder, heldUntil }: Addition): Promise<boolean> {
      try {
        await db.transaction().execute(async (trx) => {
          const done = await trx
            .updateTable('pwj_report_collector')
            .set({ holder, held_until: heldUntil, version: version + 1, mark: JSON.stringify(mark) })
            .where('id', '=', ID)
            .where('version', '=', version)
            .executeTakeFirst();
          if (Number(done.numUpdatedRows) !== 1) throw new Overtaken();
          await write(trx, folded);
        });
        return true;
      } catch (error) {
        if (error instanceof Overtaken) return false;
        throw error;
      }
    },

    /** Forgets days before this one. */
    async prune(day: string): Promise<void> {
      for (const table of [
        'pwj_report_counts',
        'pwj_report_times',
        'pwj_report_reasons',
        'pwj_report_slowest',
        'pwj_report_disks',
      ] as const) {
        await db.deleteFrom(table).where('day', '<', day).execute();
      }
    },
  };
}

export type Store = ReturnType<typeof createStore>;

async function write(trx: Transaction<Tables>, { counts, times, reasons, slowest }: Folded): Promise<void> {
  const outcomes = ['completed', 'failed', 'retried', 'cancelled'] as const;
  await addRows(trx, { table: 'pwj_report_counts', key: ['day', 'hour', 'type'], sums: [...outcomes] }, counts);
  await addRows(trx, { table: 'pwj_report_times', key: ['day', 'kind', 'bucket', 'type'], sums: ['n'] }, times);
  await addRows(
    trx,
    { table: 'pwj_report_reasons', key: ['day', 'type', 'reason_key'], sums: ['failed', 'retried'] },
    await fewReasons(trx, reasons),
  );
  for (const day of new Set(slowest.map((row) => row.day))) {
    await keepSlowest(
      trx,
      day,
      slowest.filter((row) => row.day === day),
    );
  }
}

/** A day and type has so many reasons at most; what comes after them is counted as one. */
async function fewReasons(trx: Transaction<Tables>, rows: readonly ReasonRow[]): Promise<ReasonRow[]> {
  if (rows.length === 0) return [];
  const days = [...new Set(rows.map((row) => row.day))];
  const stored = await trx
    .selectFrom('pwj_report_reasons')
    .select(['day', 'type', 'reason_key'])
    .where('day', 'in', days)
    .execute();
  const known = new Set(stored.map((row) => `${row.day} ${row.type} ${row.reason_key}`));
  const counts = new Map<string, number>();
  for (const { day, type } of stored) counts.set(`${day} ${type}`, (counts.get(`${day} ${type}`) ?? 0) + 1);

  const others = new Map<string, ReasonRow>();
  const kept: ReasonRow[] = [];
  for (const row of rows) {
    const kind = `${row.day} ${row.type}`;
    const taken = counts.get(kind) ?? 0;
    const isNew = !known.has(`${kind} ${row.reason_key}`);
    if (isNew && taken >= REASONS && row.reason !== OTHER_REASONS) {
      const other = others.get(kind) ?? {
        ...row,
        reason: OTHER_REASONS,
        reason_key: reasonKey(OTHER_REASONS),
        failed: 0,
        retried: 0,
      };
      others.set(kind, { ...other, failed: other.failed + row.failed, retried: other.retried + row.retried });
    } else {
      if (isNew) counts.set(kind, taken + 1);
      kept.push(row);
    }
  }
  return [...kept, ...others.values()];
}

async function keepSlowest(trx: Transaction<Tables>, day: string, rows: readonly SlowRow[]): Promise<void> {
  const table = 'pwj_report_slowest';
  const stored = (await trx.selectFrom(table).selectAll().where('day', '=', day).execute()).map((row) => ({
    ...row,
    ms: Number(row.ms),
    ended_at: Number(row.ended_at),
  }));
  const best = slowestOf([...stored, ...rows]);
  const fresh = best.filter((row) => !stored.includes(row));
  if (fresh.length === 0) return;
  const gone = [...stored.filter((row) => !best.includes(row)), ...fresh].map((row) => row.job_id);
  await trx.deleteFrom(table).where('day', '=', day).where('job_id', 'in', gone).execute();
  await trx.insertInto(table).values(fresh).execute();
}
