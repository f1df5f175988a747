// When the last job of each schedule completed. Kept in a table of its own, because jobs are deleted sooner.
import type { Facts, JobsApi, Migration, PluginDatabase } from '@phraseworks/sdk';

const TABLE = 'pwj_metrics_schedules';

type Tables = { [TABLE]: { name: string; job: string; at: number } };

export const scheduleTable: Required<Migration> = {
  up: (db) =>
    db.schema
      .createTable(TABLE)
      .ifNotExists()
      .addColumn('name', 'varchar(400)', (column) => column.primaryKey())
      .addColumn('job', 'varchar(64)', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute(),
  down: (db) => db.schema.dropTable(TABLE).ifExists().execute(),
};

export interface ScheduleFigure {
  name: string;
  /** Of its jobs. */
  type: string;
  /** When its last job completed, in milliseconds since 1970; 0 if none has. */
  completedAt: number;
}

interface SchedulesParts {
  db: PluginDatabase;
  facts: Pick<Facts, 'schedules'>;
  getJob: JobsApi['getJobStatus'];
}

/** `writable` false: only reads. */
export async function readSchedules(
  { facts, getJob, ...parts }: SchedulesParts,
  writable: boolean,
): Promise<ScheduleFigure[]> {
  const db = parts.db.withTables<Tables>();
  const schedules = await facts.schedules();
  const rows = await db.selectFrom(TABLE).selectAll().execute();
  const known = new Map(rows.map((row) => [String(row.name), { job: String(row.job), at: Number(row.at) }]));
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
