// The rows of a database file, read past the job system.
import Database from 'better-sqlite3';

export interface JobRow {
  id: string;
  state: string;
  attempt: number;
  crashes: number;
  reason: string | null;
}

/** Oldest first. */
export function jobRows(file: string): JobRow[] {
  const db = new Database(file, { readonly: true, timeout: 5_000 });
  const rows = db.prepare('select id, state, attempt, crashes, reason from pwj_jobs order by id').all();
  db.close();
  return rows as JobRow[];
}
