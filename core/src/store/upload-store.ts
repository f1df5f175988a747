// Rows of uploaded files: which file belongs to which job.
import type { Dialect } from './dialect.ts';
import type { UploadsTable } from './schema.ts';

export type UploadRow = UploadsTable;

/** Ids per statement. */
const CHUNK = 500;
/** A request whose job was stored finishes within this time, in milliseconds. */
const LONGEST_REQUEST = 600_000;

export class UploadStore {
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** False if a row with this id exists; it stays unchanged. */
  async insert(row: UploadRow): Promise<boolean> {
    return this.#dialect.transaction(async ({ db }) => {
      const there = await db.selectFrom('pwj_uploads').select('id').where('id', '=', row.id).executeTakeFirst();
      if (there) return false;
      await db.insertInto('pwj_uploads').values(row).execute();
      return true;
    });
  }

  async find(id: string): Promise<UploadRow | undefined> {
    return this.#dialect.reader.selectFrom('pwj_uploads').selectAll().where('id', '=', id).executeTakeFirst();
  }

  /** Total bytes of all files. */
  async totalBytes(): Promise<number> {
    const row = await this.#dialect.reader
      .selectFrom('pwj_uploads')
      .select((e) => e.fn.sum<number | null>('size').as('bytes'))
      .executeTakeFirst();
    return Number(row?.bytes ?? 0);
  }

  /** Assigns the uploads to their job; those that have one keep it. */
  async bind(ids: readonly string[], jobId: string): Promise<void> {
    if (ids.length === 0) return;
    await this.#dialect.transaction(({ db }) =>
      db
        .updateTable('pwj_uploads')
        .set({ job_id: jobId })
        .where('id', 'in', [...ids])
        .where('job_id', 'is', null)
        .execute(),
    );
  }

  async ofJobs(jobIds: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (let from = 0; from < jobIds.length; from += CHUNK) {
      const rows = await this.#dialect.reader
        .selectFrom('pwj_uploads')
        .select('id')
        .where('job_id', 'in', jobIds.slice(from, from + CHUNK))
        .execute();
      found.push(...rows.map((row) => row.id));
    }
    return found;
  }

  /** Without a job and created before `before`, oldest first. */
  async unbound(before: number, limit: number): Promise<UploadRow[]> {
    return this.#dialect.reader
      .selectFrom('pwj_uploads')
      .selectAll()
      .where('job_id', 'is', null)
      .where('created_at', '<', before)
      .orderBy('created_at')
      .limit(limit)
      .execute();
  }

  /** The next rows after `after`, by id, and whether their job still exists. */
  async bound(after: string, limit: number): Promise<{ id: string; there: boolean }[]> {
    const rows = await this.#dialect.reader
      .selectFrom('pwj_uploads as u')
      .leftJoin('pwj_jobs as j', 'j.id', 'u.job_id')
      .select(['u.id', 'u.job_id', 'j.id as job'])
      .where('u.id', '>', after)
      .orderBy('u.id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ id: row.id, there: row.job_id === null || row.job !== null }));
  }

  /** The job that was stored with this upload in its data although the upload's row could not be written. */
  async jobWith({ id, created_at: since }: UploadRow): Promise<string | undefined> {
    const row = await this.#dialect.reader
      .selectFrom('pwj_jobs')
      .select('id')
      .where('id', '>=', idPrefix(since))
      .where('id', '<', idPrefix(since + LONGEST_REQUEST))
      .where('data', 'like', `%"upload":"${id}"%`)
      .executeTakeFirst();
    return row?.id;
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += CHUNK) {
      const chunk = ids.slice(from, from + CHUNK);
      await this.#dialect.transaction(({ db }) => db.deleteFrom('pwj_uploads').where('id', 'in', chunk).execute());
    }
  }
}

/** Ids of jobs begin with their time, so a time range is a range of ids. */
function idPrefix(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
