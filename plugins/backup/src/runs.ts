// The table of backups: one row for each, from the moment it starts.
import type { Figure } from '@phraseworks/sdk';
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

const DAY = 86_400_000;
const MOST_DAYS = 366;

/** What the plugin adds to the site's reports, from the `rows` between `from` and `to`. */
export function figuresOf(rows: readonly RunRow[], from: number, to: number): Figure[] {
  const length = Math.min(MOST_DAYS, Math.max(1, Math.ceil((to - from) / DAY)));
  const figure = (
    { key, ...about }: Pick<Figure, 'key' | 'label' | 'unit' | 'better'>,
    count: (row: RunRow) => number,
  ): Figure => {
    const days = new Array<number>(length).fill(0);
    for (const row of rows) {
      const day = Math.min(length - 1, Math.floor((row.at - from) / DAY));
      days[day] = (days[day] ?? 0) + count(row);
    }
    const value = days.reduce((sum, n) => sum + n, 0);
    return { key: `backup.${key}`, section: 'Backups', ...about, value, days };
  };
  const inState =
    (...states: RunState[]) =>
    ({ state }: RunRow) =>
      Number(states.includes(state));
  const made = inState('verified', 'incomplete', 'unverified');
  const count = { unit: 'count' } as const;
  return [
    figure({ key: 'made', label: 'backups made', ...count, better: 'more' }, made),
    figure({ key: 'verified', label: 'backups verified', ...count, better: 'more' }, inState('verified')),
    figure({ key: 'incomplete', label: 'backups incomplete', ...count, better: 'less' }, inState('incomplete')),
    figure({ key: 'failed', label: 'backups failed', ...count, better: 'less' }, inState('failed')),
    figure(
      { key: 'bytes', label: 'size of the backups', unit: 'bytes', better: 'neither' },
      (row) => made(row) * row.bytes,
    ),
  ];
}
