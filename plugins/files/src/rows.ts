// Rows of uploads: which file belongs to which job.
import type { FilesDatabase, UploadRow } from './tables.ts';

/** Ids per statement. */
const CHUNK = 500;

export class UploadRows {
  readonly #db: FilesDatabase;

  constructor(db: FilesDatabase) {
    this.#db = db;
  }

  /** In the transaction `db`. The row of a job that is gone passes on to the job that now has the file. */
  async store(db: FilesDatabase, rows: readonly UploadRow[]): Promise<void> {
    for (const row of rows)
      await db
        .insertInto('pwj_files_uploads')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ job_id: row.job_id, created_at: row.created_at }))
        .execute();
  }

  async find(id: string): Promise<UploadRow | undefined> {
    return this.#db.selectFrom('pwj_files_uploads').selectAll().where('id', '=', id).executeTakeFirst();
  }

  /** Total bytes of all files. */
  async totalBytes(): Promise<number> {
    const row = await this.#db
      .selectFrom('pwj_files_uploads')
      .select((e) => e.fn.sum<number | null>('size').as('bytes'))
      .executeTakeFirst();
    return Number(row?.bytes ?? 0);
  }

  async ofJobs(jobIds: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (let from = 0; from < jobIds.length; from += CHUNK) {
      const rows = await this.#db
        .selectFrom('pwj_files_uploads')
        .select('id')
        .where('job_id', 'in', jobIds.slice(from, from + CHUNK))
        .execute();
      found.push(...rows.map((row) => row.id));
    }
    return found;
  }

  /** The next files after `after`, by id, with their jobs. */
  async next(after: string, limit: number): Promise<Pick<UploadRow, 'id' | 'job_id'>[]> {
    return this.#db
      .selectFrom('pwj_files_uploads')
      .select(['id', 'job_id'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += CHUNK)
      await this.#db
        .deleteFrom('pwj_files_uploads')
        .where('id', 'in', ids.slice(from, from + CHUNK))
        .execute();
  }
}
