// The table of backups: one row for each, from the moment it starts.
import { dailyFigures, type Figure } from '@phraseworks/sdk';
import { shortened } from '@phraseworks/sdk/secrets';
import type { Database, RunRow, RunState } from './tables.ts';

const TABLE = 'pwj_backup_runs';
const MOST = 10_000;

export type Runs = ReturnType<typeof runsTable>;

export function runsTable(db: Database) {
  return {
    async insert(row: RunRow): Promise<void> {
      await db.insertInto(TABLE).values(row).execute();
    },
    async update(id: string, change: Partial<Omit<RunRow, 'id'>>): Promise<void> {
      const { error } = change;
      const values = error === undefined ? change : { ...change, error: shortened(error, 1_000) };
      await db.updateTable(TABLE).set(values).where('id', '=', id).execute();
    },
    async remove(id: string): Promise<void> {
      await db.deleteFrom(TABLE).where('id', '=', id).execute();
    },
    async find(id: string): Promise<RunRow | undefined> {
      return db.selectFrom(TABLE).selectAll().where('id', '=', id).executeTakeFirst();
    },
    /** The newest that an attempt of this job has made. */
    async ofJob(jobId: string): Promise<RunRow | undefined> {
      const mine = db
        .selectFrom(TABLE)
        .selectAll()
        .where('owner', 'like', `job/${jobId}/%`)
        .orderBy('at', 'desc')
        .limit(1);
      return mine.executeTakeFirst();
    },
    /** Newest first; without those whose archive is gone. */
    async list(states?: readonly RunState[]): Promise<RunRow[]> {
      const all = await this.all();
      return all.filter((row) => row.removed_at === 0 && (states === undefined || states.includes(row.state)));
    },
    /** Newest first. */
    async all(): Promise<RunRow[]> {
      return db.selectFrom(TABLE).selectAll().orderBy('at', 'desc').orderBy('id', 'desc').limit(MOST).execute();
    },
    /** Oldest first; `from` and `to` in milliseconds since 1970, `to` exclusive. */
    async between(from: number, to: number): Promise<RunRow[]> {
      return db.selectFrom(TABLE).selectAll().where('at', '>=', from).where('at', '<', to).orderBy('at').execute();
    },
    /** Forgets failed and removed backups that are older. */
    async forget(before: number): Promise<void> {
      await db
        .deleteFrom(TABLE)
        .where('at', '<', before)
        .where((where) => where.or([where('state', '=', 'failed'), where('removed_at', '>', 0)]))
        .execute();
    },
  };
}

const inState =
  (...states: RunState[]) =>
  ({ state }: RunRow) =>
    Number(states.includes(state));
const made = inState('verified', 'incomplete', 'unverified');

/** What the plugin adds to the site's reports, from the `rows` of a period. */
export const figuresOf = (rows: readonly RunRow[], span: { from: number; to: number }): Figure[] =>
  dailyFigures('Backups', span, rows, [
    { key: 'backup.made', label: 'backups made', unit: 'count', better: 'more', of: made },
    { key: 'backup.verified', label: 'backups verified', unit: 'count', better: 'more', of: inState('verified') },
    { key: 'backup.incomplete', label: 'backups incomplete', unit: 'count', better: 'less', of: inState('incomplete') },
    { key: 'backup.failed', label: 'backups failed', unit: 'count', better: 'less', of: inState('failed') },
    {
      key: 'backup.bytes',
      label: 'size of the backups',
      unit: 'bytes',
      better: 'neither',
      of: (row) => made(row) * row.bytes,
    },
  ]);
