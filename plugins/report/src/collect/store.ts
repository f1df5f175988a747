// Writes the figures: one short transaction per batch, guarded by the version of the collector's row, so that nothing is added twice.
import { sql, type Transaction } from 'kysely';
import type { CollectorRow, Database, Tables } from '../tables.ts';
import type { Fact } from './fact.ts';
import { type Folded, OTHER_REASONS, REASONS, type ReasonRow, reasonKey, type SlowRow, slowestOf } from './fold.ts';

interface Mark {
  /** The last facts that were added. Several, since a late fact may be at a different position in another process. */
  keys: string[];
  /** The time of the newest fact added, in milliseconds since 1970. */
  at: number;
}

const KEYS = 20;

export const NO_MARK: Mark = { keys: [], at: 0 };

export function markAfter(before: Mark, facts: readonly Fact[]): Mark {
  const keys = [...before.keys, ...facts.slice(-KEYS).map(({ key }) => key)].slice(-KEYS);
  return { keys, at: facts.reduce((latest, fact) => Math.max(latest, fact.at), before.at) };
}

/** How many of these facts, from the first on, have been added; null if the mark names none of them. */
export function countedIn(facts: readonly Fact[], mark: Mark): number | null {
  const keys = new Set(mark.keys);
  for (let index = facts.length - 1; index >= 0; index -= 1) {
    if (keys.has(facts[index]?.key ?? '')) return index + 1;
  }
  return null;
}

/** The same by time, for a process that has none of the facts that the mark names. */
export function countedByTime(facts: readonly Fact[], mark: Mark): number {
  let passed = 0;
  while (passed < facts.length && (facts[passed]?.at ?? 0) <= mark.at) passed += 1;
  return passed;
}

function readMark(text: string): Mark {
  try {
    const { keys, at } = JSON.parse(text) as Mark;
    if (Array.isArray(keys) && typeof at === 'number') return { keys: keys.map(String), at };
  } catch {
    // As good as none.
  }
  return NO_MARK;
}

const ROWS = 100;

type Numbers<T extends keyof Tables> = {
  [K in keyof Tables[T]]: Tables[T][K] extends number ? K : never;
}[keyof Tables[T]] &
  string;

interface Sums<T extends keyof Tables> {
  table: T;
  /** The primary key. */
  key: (keyof Tables[T] & string)[];
  /** Columns to add to. */
  sums: Numbers<T>[];
}

/** Inserts new rows and adds to the sums of existing ones. */
async function addRows<T extends keyof Tables>(
  trx: Transaction<Tables>,
  { table, key, sums }: Sums<T>,
  rows: readonly Tables[T][],
): Promise<void> {
  const added = Object.fromEntries(
    sums.map((name) => [name, sql`${sql.ref(`${table}.${name}`)} + ${sql.ref(`excluded.${name}`)}`]),
  );
  for (let from = 0; from < rows.length; from += ROWS) {
    // The names are constants of this plugin; Kysely cannot infer them through a type parameter.
    await trx
      .insertInto(table)
      .values(rows.slice(from, from + ROWS) as never)
      .onConflict((conflict) => conflict.columns(key as never).doUpdateSet(added as never))
      .execute();
  }
}

const ID = 1;

export interface Collector extends Pick<CollectorRow, 'holder' | 'held_until' | 'version' | 'since'> {
  mark: Mark;
}

export interface Addition {
  folded: Folded;
  mark: Mark;
  holder: string;
  /** Milliseconds since 1970; 0 releases it. */
  heldUntil: number;
}

/** Another process has added something meanwhile. */
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
    /** The collector's row, created by the first call. */
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

    /** Adds everything or nothing; false if `version` is outdated. */
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

    /** Deletes the figures of earlier days. */
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

/** Limits the reasons per day and type; further ones are counted as one. */
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
