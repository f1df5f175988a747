// The table of reports: one row each, of which the newest of each type are kept.
import type { ReportFile } from './data.ts';
import { EXTENSION, type Files } from './files.ts';
import type { Database, RunRow } from './tables.ts';

const TABLE = 'pwj_report_runs';
const AT_ONCE = 100;

export interface Run extends Omit<RunRow, 'files' | 'empty'> {
  files: ReportFile[];
  empty: boolean;
}

function read(row: RunRow): Run {
  return {
    ...row,
    made_at: Number(row.made_at),
    sent: Number(row.sent),
    recipients: Number(row.recipients),
    empty: Number(row.empty) === 1,
    files: JSON.parse(row.files) as ReportFile[],
  };
}

/** The file with the report as data, from which a retry makes the mail again. It is not listed. */
export const modelName = (files: readonly ReportFile[]): string =>
  `${(files[0]?.name ?? '').replace(/\.[a-z]+$/, '')}.${EXTENSION.model}`;

export function createRuns(db: Database, files: Files) {
  /** Keeps the row if a file cannot be removed now, so that the next report tries again. */
  async function remove(run: Run): Promise<void> {
    for (const name of [...run.files.map((file) => file.name), modelName(run.files)])
      if (!(await files.remove(name))) return;
    await db.deleteFrom(TABLE).where('id', '=', run.id).execute();
  }

  return {
    async find(id: string): Promise<Run | null> {
      const row = await db.selectFrom(TABLE).selectAll().where('id', '=', id).executeTakeFirst();
      return row ? read(row) : null;
    },

    /** Replaces the row of an earlier attempt. */
    async add(run: Run): Promise<void> {
      const row = { ...run, files: JSON.stringify(run.files), empty: run.empty ? 1 : 0 };
      await db.deleteFrom(TABLE).where('id', '=', run.id).execute();
      await db.insertInto(TABLE).values(row).execute();
    },

    async sent(id: string, sent: number, reason: string): Promise<void> {
      await db
        .updateTable(TABLE)
        .set({ sent, reason: reason.slice(0, 400) })
        .where('id', '=', id)
        .execute();
    },

    /** Newest first. */
    async list(limit: number): Promise<Run[]> {
      const rows = await db
        .selectFrom(TABLE)
        .selectAll()
        .orderBy('made_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(read);
    },

    /** Removes all but the newest `keep` reports of this type, with their files. */
    async prune(type: string, keep: number): Promise<void> {
      const old = await db
        .selectFrom(TABLE)
        .selectAll()
        .where('type', '=', type)
        .orderBy('made_at', 'desc')
        .orderBy('id', 'desc')
        .limit(AT_ONCE)
        .offset(keep)
        .execute();
      for (const row of old) await remove(read(row));
    },
  };
}

export type Runs = ReturnType<typeof createRuns>;
