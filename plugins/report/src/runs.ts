// The table of reports: one row each, of which the newest of each type are kept.
import type { Logger } from '@phraseworks/sdk';
import { shortened } from '@phraseworks/sdk/secrets';
import type { ReportFile } from './data.ts';
import { EXTENSION, type Files } from './files.ts';
import type { Database, RunRow } from './tables.ts';

const TABLE = 'pwj_report_runs';
const AT_ONCE = 100;
/** A bucket that refuses or hangs must not keep the report from being sent. */
const MOST_FAILED = 3;

export interface Run extends Omit<RunRow, 'files' | 'empty'> {
  files: ReportFile[];
  empty: boolean;
}

function read(row: RunRow): Run {
  return {
    ...row,
    empty: row.empty === 1,
    files: JSON.parse(row.files) as ReportFile[],
  };
}

/** The file with the report as data, from which a retry makes the mail again. It is not listed. */
export const modelName = (files: readonly ReportFile[]): string =>
  `${(files[0]?.name ?? '').replace(/\.[a-z]+$/, '')}.${EXTENSION.model}`;

export function createRuns(db: Database, files: Files, log: Logger) {
  /** False if a file cannot be removed now: the row stays, so that the next report tries again. */
  async function remove(run: Run): Promise<boolean> {
    for (const name of [modelName(run.files), ...run.files.map((file) => file.name).reverse()])
      if (!(await files.remove(name))) return false;
    await db.deleteFrom(TABLE).where('id', '=', run.id).execute();
    return true;
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
        .set({ sent, reason: shortened(reason, 400) })
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

    /** Removes all but the newest `keep` reports of this type, with their files, oldest first. Gives up for now after a few that stay. */
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
      let failed = 0;
      for (const row of old.reverse()) {
        if (!(await remove(read(row)))) failed += 1;
        if (failed === MOST_FAILED) break;
      }
      if (failed > 0)
        log.warn(
          'Files of old reports cannot be removed from the storage target reports; the next report tries again. Check that its login may delete.',
        );
    },
  };
}

export type Runs = ReturnType<typeof createRuns>;
