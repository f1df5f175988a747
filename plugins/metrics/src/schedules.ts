// When the last job of each schedule completed. Kept in a table of its own, because jobs are deleted sooner.
import type { JobsApi, Schedules } from '@phraseworks/sdk';
import type { Database } from './tables.ts';

const TABLE = 'pwj_metrics_schedules';

export interface ScheduleFigure {
  name: string;
  /** Of its jobs. */
  type: string;
  /** When its last job completed, in milliseconds since 1970; 0 if none has. */
  completedAt: number;
}

interface SchedulesParts {
  db: Database;
  schedules: Pick<Schedules, 'list'>;
  getJob: JobsApi['getJobStatus'];
}

/** `writable` false: only reads. */
export async function readSchedules(
  { schedules: all, getJob, db }: SchedulesParts,
  writable: boolean,
): Promise<ScheduleFigure[]> {
  const schedules = await all.list('system');
  const rows = await db.selectFrom(TABLE).selectAll().execute();
  const known = new Map(rows.map((row) => [row.name, row]));
  const figures: ScheduleFigure[] = [];
  for (const { name, type, lastJob } of schedules) {
    let { job = '', at = 0 } = known.get(name) ?? {};
    // A job that failed is read again each time, since it may be retried.
    if (lastJob !== null && lastJob !== job) {
      const last = await getJob(lastJob);
      if (last?.status === 'completed' && last.finishedAt) {
        job = lastJob;
        // biome-ignore lint/style/noRestrictedGlobals: it reads a time that is stored, and asks for none
        at = Date.parse(last.finishedAt);
        const insert = db.insertInto(TABLE).values({ name, job, at });
        if (writable) await insert.onConflict((conflict) => conflict.column('name').doUpdateSet({ job, at })).execute();
      }
    }
    figures.push({ name, type, completedAt: at });
  }
  const gone = [...known.keys()].filter((name) => !schedules.some((one) => one.name === name));
  if (writable && gone.length > 0) await db.deleteFrom(TABLE).where('name', 'in', gone).execute();
  return figures;
}
