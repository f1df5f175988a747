// The slowest jobs of each day in UTC: a job counts with its longest attempt.
import type { JobEvent, SlowJob } from '@phraseworks/sdk';
import type { Database, SlowRow } from './tables.ts';

const TABLE = 'pwj_metrics_slowest';
const DAY = 86_400_000;
/** Per day. More than are shown, since the days of a time zone are others. */
const KEPT = 30;

const dayOf = (at: number): number => at - (at % DAY);

/** The slowest of each day, slowest first. */
function slowestOf(rows: Iterable<SlowRow>): SlowRow[] {
  const jobs = new Map<string, SlowRow>();
  for (const row of rows) if (row.ms > (jobs.get(row.job_id)?.ms ?? -1)) jobs.set(row.job_id, row);
  const counts = new Map<number, number>();
  return [...jobs.values()]
    .sort((a, b) => b.ms - a.ms)
    .filter(({ ended_at }) => {
      const n = (counts.get(dayOf(ended_at)) ?? 0) + 1;
      counts.set(dayOf(ended_at), n);
      return n <= KEPT;
    });
}

/** What this process has seen and not written yet. */
export class SlowTally {
  #rows: SlowRow[] = [];

  note({ jobId, jobType, event, duration }: JobEvent, now: number): void {
    if (duration === undefined || event === 'job_cancelled') return;
    this.#rows.push({ job_id: jobId, type: jobType, about: '', ms: duration, ended_at: now });
    if (this.#rows.length > 2 * KEPT) this.#rows = slowestOf(this.#rows);
  }

  take(): SlowRow[] {
    const rows = slowestOf(this.#rows);
    this.#rows = [];
    return rows;
  }
}

type Trx = Pick<Database, 'selectFrom' | 'insertInto' | 'deleteFrom'>;

/** With the summaries of the jobs, while these exist. */
export const withSummaries = (
  rows: readonly SlowRow[],
  about: (jobId: string) => Promise<string>,
): Promise<SlowRow[]> =>
  Promise.all(rows.map(async (row) => ({ ...row, about: (await about(row.job_id)).slice(0, 200) })));

/** Adds those that are among the slowest of their day, and removes those that no longer are. */
export async function keepSlowest(db: Trx, rows: readonly SlowRow[]): Promise<void> {
  for (const day of new Set(rows.map(({ ended_at }) => dayOf(ended_at)))) {
    const own = rows.filter(({ ended_at }) => dayOf(ended_at) === day);
    // A longer attempt of the same job may have ended on another day.
    const ids = own.map(({ job_id }) => job_id);
    const stored = await db
      .selectFrom(TABLE)
      .selectAll()
      .where((e) => e.or([e.and([e('ended_at', '>=', day), e('ended_at', '<', day + DAY)]), e('job_id', 'in', ids)]))
      .execute();
    const best = slowestOf([...stored, ...own]);
    const fresh = best.filter((row) => !stored.includes(row));
    if (fresh.length === 0) continue;
    const gone = [...stored.filter((row) => !best.includes(row)), ...fresh].map(({ job_id }) => job_id);
    await db.deleteFrom(TABLE).where('job_id', 'in', gone).execute();
    await db.insertInto(TABLE).values(fresh).execute();
  }
}

/** Slowest first. */
export async function readSlowest(db: Database, from: number, to: number, limit: number): Promise<SlowJob[]> {
  const rows = await db
    .selectFrom(TABLE)
    .selectAll()
    .where('ended_at', '>=', from)
    .where('ended_at', '<', to)
    .orderBy('ms', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ job_id, ended_at, ...row }) => ({ jobId: job_id, endedAt: ended_at, ...row }));
}
