// The stored rows of causes, updated with optimistic locking. Messages stay in the row until they are sent or their jobs are added.
import { createHash } from 'node:crypto';
import type { JobsApi, NewJob } from '@phraseworks/sdk';
import type { Message } from './message.ts';
import type { CauseRow, Database, MessageRow, SiteRow } from './tables.ts';

const MESSAGES_KEPT = 30 * 86_400_000;
/** A process without a heartbeat for this long has ended. */
const WATCHER_LOST = 120_000;

export interface Letter {
  channel: 'mail' | 'webhook';
  target: string;
  job: NewJob;
}

export type Store = ReturnType<typeof createStore>;

/** The same for every attempt to send this letter. */
export const keyOf = (message: string, { channel, target }: Pick<Letter, 'channel' | 'target'>): string =>
  createHash('sha256').update(`${message}/${channel}/${target}`).digest('hex');

const outboxOf = (letters: readonly Letter[], kind: string): string | null =>
  letters.length === 0 ? null : JSON.stringify({ letters, kind });

/** Of a message without a job, in place of the job's id. */
const NO_JOB = 'sent/';

interface StoreParts {
  db: Database;
  addJob: JobsApi['addJob'];
  now: () => number;
}

export function createStore({ db, addJob, now }: StoreParts) {
  async function write(before: CauseRow | undefined, row: CauseRow): Promise<boolean> {
    if (before) {
      const { id, ...change } = row;
      const query = db.updateTable('pwj_alerts_causes').set(change).where('id', '=', id);
      const done = await query.where('version', '=', before.version).executeTakeFirst();
      return Number(done.numUpdatedRows) === 1;
    }
    const there = await db.selectFrom('pwj_alerts_causes').select('id').where('id', '=', row.id).executeTakeFirst();
    if (there) return false;
    await db.insertInto('pwj_alerts_causes').values(row).execute();
    return true;
  }

  /** Adds the jobs of a message; repeated after a crash, it adds none twice. */
  async function add(letters: readonly Letter[], message: string, cause: string, kind: string): Promise<void> {
    for (const letter of letters) {
      const { id } = await addJob({ ...letter.job, idempotencyKey: `alerts/${keyOf(message, letter)}` });
      await note(id, letter, cause, kind);
    }
  }

  async function note(job_id: string, { channel, target }: Letter, cause: string, kind: string): Promise<void> {
    const row = { job_id, cause, kind, channel, target: target.slice(0, 400), at: now() };
    const insert = db.insertInto('pwj_alerts_messages').values(row);
    await insert.onConflict((conflict) => conflict.doNothing()).execute();
  }

  async function causes(): Promise<Map<string, CauseRow>> {
    const rows = await db.selectFrom('pwj_alerts_causes').selectAll().execute();
    return new Map(rows.map((row) => [row.id, row]));
  }

  async function keep({ id, version }: CauseRow, letters: readonly Letter[], kind = ''): Promise<void> {
    const change = { outbox: outboxOf(letters, kind) };
    const query = db.updateTable('pwj_alerts_causes').set(change).where('id', '=', id);
    await query.where('version', '=', version).execute();
  }

  return {
    causes,
    /** Only these letters of a row still wait. */
    keep,
    /** False if another process has changed the row. `letters` stay in the row until they are sent or their jobs are added. */
    async move(
      before: CauseRow | undefined,
      row: CauseRow,
      letters: readonly Letter[],
      kind: string,
    ): Promise<boolean> {
      try {
        return await write(before, { ...row, outbox: outboxOf(letters, kind) });
      } catch (error) {
        // Two processes insert the same row: the second one fails.
        if (before === undefined && (await causes()).has(row.id)) return false;
        throw error;
      }
    },

    /** Adds the jobs of the letters that a row still has. Throws what `addJob` throws. */
    async handOver(row: CauseRow): Promise<void> {
      const found = await db.selectFrom('pwj_alerts_causes').selectAll().where('id', '=', row.id).executeTakeFirst();
      if (!found || found.outbox === null) return;
      const { letters, kind } = JSON.parse(found.outbox) as { letters: Letter[]; kind: string };
      await add(letters, `${row.id}/${found.since}/${found.messages}`, row.id, kind);
      await keep(found, []);
    },

    /** Notes letters that were sent without jobs. */
    async noteSent(
      letters: readonly Letter[],
      { id }: Pick<Message, 'id'>,
      cause: string,
      kind: string,
    ): Promise<void> {
      for (const letter of letters) await note(`${NO_JOB}${keyOf(id, letter).slice(0, 40)}`, letter, cause, kind);
    },

    /** Adds the jobs of a message that belongs to no cause. */
    send: (letters: readonly Letter[], message: string) => add(letters, message, '', 'test'),
    /** Which of these jobs are messages of this plugin. */
    async own(jobIds: readonly string[]): Promise<Set<string>> {
      if (jobIds.length === 0) return new Set();
      const rows = await db.selectFrom('pwj_alerts_messages').select('job_id').where('job_id', 'in', jobIds).execute();
      return new Set(rows.map(({ job_id }) => job_id));
    },

    /** Without `job_id`: it was sent at once. */
    async messages(limit: number): Promise<(Omit<MessageRow, 'job_id'> & { job_id: string | null })[]> {
      const rows = await db.selectFrom('pwj_alerts_messages').selectAll().orderBy('at', 'desc').limit(limit).execute();
      return rows.map((row) => ({
        ...row,
        job_id: row.job_id.startsWith(NO_JOB) ? null : row.job_id,
      }));
    },

    /** Writes the row of this process; returns all watching processes by id. Throws if nothing can be stored. */
    async signOn(watcher: string): Promise<string[]> {
      const at = now();
      const mine = db.insertInto('pwj_alerts_watchers').values({ id: watcher, at });
      await mine.onConflict((conflict) => conflict.column('id').doUpdateSet({ at })).execute();
      const rows = await db.selectFrom('pwj_alerts_watchers').selectAll().orderBy('id').execute();
      const lost = rows.filter((row) => row.at < at - WATCHER_LOST).map(({ id }) => id);
      if (lost.length > 0) await db.deleteFrom('pwj_alerts_watchers').where('id', 'in', lost).execute();
      await db
        .deleteFrom('pwj_alerts_messages')
        .where('at', '<', at - MESSAGES_KEPT)
        .execute();
      return rows.filter(({ id }) => !lost.includes(id)).map(({ id }) => id);
    },

    async signOff(watcher: string): Promise<void> {
      await db.deleteFrom('pwj_alerts_watchers').where('id', '=', watcher).execute();
    },

    async site(): Promise<SiteRow> {
      const read = () => db.selectFrom('pwj_alerts_site').selectAll().where('id', '=', 1).executeTakeFirst();
      let row = await read();
      if (!row) {
        const first = db.insertInto('pwj_alerts_site').values({ id: 1, since: now(), runs: '{}' });
        await first.onConflict((conflict) => conflict.doNothing()).execute();
        row = await read();
      }
      if (!row) throw new Error('the row of pwj_alerts_site could not be written');
      return row;
    },

    async saveRuns(runs: string): Promise<void> {
      await db.updateTable('pwj_alerts_site').set({ runs }).where('id', '=', 1).execute();
    },
  };
}
