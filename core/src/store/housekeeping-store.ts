// Statements of housekeeping: finds rows of the system that are old enough to remove, page by page, and removes them.
import type { HousekeepingItem, HousekeepingLeft } from '@phraseworks/sdk';
import { sql } from 'kysely';
import type { Ledger } from './ledger.ts';
import { removeJobs } from './maintenance.ts';
import type { Tx } from './tx.ts';
import type { UploadRow } from './upload-store.ts';

export type Left = HousekeepingLeft[];

/** Rows per page and per transaction. */
export const PAGE = 500;

export interface FinishedRow {
  id: string;
  type: string;
  state: string;
  at: number;
  bytes: number;
}

export interface CommitRow {
  seq: number;
  at: number;
  kinds: string;
  bytes: number;
}

/** And whether its job exists. */
export type KeptUpload = UploadRow & { there: boolean };

const FINISHED: readonly string[] = ['completed', 'failed', 'cancelled'];
const TEXTS = ['data', 'result', 'error', 'message', 'progress', 'metrics'] as const;
/** Rows that belong to a job, and the size of each. */
const PARTS = [
  ['pwj_attempts', sql<number>`coalesce(octet_length(error), 0) + coalesce(octet_length(stack), 0)`],
  ['pwj_history', sql<number>`coalesce(octet_length(reason), 0)`],
  ['pwj_logs', sql<number>`octet_length(message)`],
  ['pwj_receipts', sql<number>`coalesce(octet_length(result), 0)`],
  ['pwj_uploads', sql<number>`size`],
] as const;

export class HousekeepingStore {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** A page of finished jobs, oldest first. */
  async finished(before: number, after?: FinishedRow): Promise<FinishedRow[]> {
    let query = this.#ledger.dialect.reader
      .selectFrom('pwj_jobs')
      .select(['id', 'type', 'state', 'finished_at as at'])
      .select((e) =>
        sql<number>`${sql.join(
          TEXTS.map((text) => sql`coalesce(octet_length(${e.ref(text)}), 0)`),
          sql` + `,
        )}`.as('bytes'),
      )
      .where('finished_at', '<', before)
      .where((e) => e.or([e('lease_until', 'is', null), e('lease_until', '<', before)]))
      .orderBy('finished_at')
      .orderBy('id')
      .limit(PAGE);
    if (after)
      query = query
        .where('finished_at', '>=', after.at)
        .where((e) => e.or([e('finished_at', '>', after.at), e('id', '>', after.id)]));
    const rows = await query.execute();
    return rows.map((row) => ({ ...row, at: Number(row.at), bytes: Number(row.bytes) }));
  }

  /** Per job, the size of its rows in these tables. */
  async bytesOf(ids: readonly string[], only?: 'pwj_logs'): Promise<Map<string, { rows: number; bytes: number }>> {
    const sums = new Map<string, { rows: number; bytes: number }>();
    if (ids.length === 0) return sums;
    for (const [table, bytes] of PARTS) {
      if (only !== undefined && table !== only) continue;
      const rows = await this.#ledger.dialect.reader
        .selectFrom(table)
        .select((e) => ['job_id as id', e.fn.countAll<number>().as('rows'), e.fn.sum<number>(bytes).as('bytes')])
        .where('job_id', 'in', ids)
        .groupBy('job_id')
        .execute();
      for (const { id, rows: n, bytes: sum } of rows) {
        if (id === null) continue;
        const known = sums.get(id) ?? { rows: 0, bytes: 0 };
        sums.set(id, { rows: known.rows + Number(n), bytes: known.bytes + Number(sum) });
      }
    }
    return sums;
  }

  /** Removes jobs that finished at the given time; `now` decides whether an attempt is still ending. */
  async removeJobs(items: readonly HousekeepingItem[], now: number): Promise<Left> {
    return this.#ledger.transact(async (tx, changes) => {
      const { rows, left } = await unchanged(tx, items, now);
      await removeJobs(tx, changes, rows);
      return left;
    });
  }

  async removeLogs(items: readonly HousekeepingItem[], now: number): Promise<Left> {
    return this.#ledger.transact(async (tx) => {
      const { rows, left } = await unchanged(tx, items, now);
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return left;
      const found = await tx.db.selectFrom('pwj_logs').select('job_id').distinct().where('job_id', 'in', ids).execute();
      const there = new Set(found.map(({ job_id }) => job_id));
      if (there.size > 0) await tx.db.deleteFrom('pwj_logs').where('job_id', 'in', ids).execute();
      return [...left, ...ids.filter((id) => !there.has(id)).map((id) => ({ id, reason: 'gone' as const }))];
    });
  }

  /** A page of commits of events, oldest first; ends before the first one that is too young, and before the newest. */
  async events(before: number, after?: CommitRow): Promise<CommitRow[]> {
    const { reader } = this.#ledger.dialect;
    const rows = await reader
      .selectFrom('pwj_events')
      .select(['seq', 'at', 'kinds', sql<number>`octet_length(events)`.as('bytes')])
      .where('seq', '>', after?.seq ?? -1)
      .orderBy('seq')
      .limit(PAGE + 1)
      .execute();
    // Keep the newest one, since numbering continues from it.
    const older = rows.slice(0, Math.min(PAGE, rows.length - 1));
    const young = older.findIndex((row) => row.at >= before);
    return (young === -1 ? older : older.slice(0, young)).map((row) => ({
      seq: Number(row.seq),
      at: Number(row.at),
      kinds: row.kinds,
      bytes: Number(row.bytes),
    }));
  }

  /** Only if nothing older stays, so that clients that catch up notice missing events. */
  async removeEvents(items: readonly HousekeepingItem[]): Promise<Left> {
    return this.#ledger.transact(async ({ db }) => {
      const rows = await db
        .selectFrom('pwj_events')
        .select(['seq', 'at'])
        .orderBy('seq')
        .limit(items.length + 1)
        .execute();
      const wanted = new Map(items.map(({ id, at }) => [id, at]));
      const stays = rows.findIndex(({ seq, at }) => wanted.get(String(seq)) !== Number(at));
      const seqs = rows.slice(0, stays === -1 ? rows.length - 1 : stays).map(({ seq }) => seq);
      if (seqs.length > 0) await db.deleteFrom('pwj_events').where('seq', 'in', seqs).execute();
      const removed = new Set(seqs.map(String));
      const oldest = Number(rows[seqs.length]?.seq ?? 0);
      return items
        .filter(({ id }) => !removed.has(id))
        .map(({ id }) => ({ id, reason: Number(id) < oldest ? 'gone' : 'in_use' }));
    });
  }

  /** A page of uploads by id. */
  async uploads(after?: KeptUpload): Promise<KeptUpload[]> {
    const rows = await this.#uploads()
      .where('u.id', '>', after?.id ?? '')
      .orderBy('u.id')
      .limit(PAGE)
      .execute();
    return rows.map(toUpload);
  }

  async uploadsOf(ids: readonly string[]): Promise<KeptUpload[]> {
    return ids.length === 0 ? [] : (await this.#uploads().where('u.id', 'in', ids).execute()).map(toUpload);
  }

  #uploads() {
    return this.#ledger.dialect.reader
      .selectFrom('pwj_uploads as u')
      .leftJoin('pwj_jobs as j', 'j.id', 'u.job_id')
      .selectAll('u')
      .select('j.id as job');
  }
}

function toUpload({ job, ...row }: UploadRow & { job: string | null }): KeptUpload {
  const at = Number(row.created_at);
  return { ...row, created_at: at, size: Number(row.size), there: job !== null };
}

/** Which of the jobs may be removed, locked until the transaction ends, and why the others may not. */
async function unchanged(tx: Tx, items: readonly HousekeepingItem[], now: number) {
  const query = tx.db
    .selectFrom('pwj_jobs')
    .select(['id', 'type', 'state', 'finished_at', 'lease_until'])
    .where(
      'id',
      'in',
      items.map(({ id }) => id),
    );
  const found = new Map((await tx.locked(query).execute()).map((row) => [row.id, row]));
  const left: Left = [];
  const rows = items.flatMap(({ id, at }) => {
    const row = found.get(id);
    const why = !row
      ? 'gone'
      : !FINISHED.includes(row.state) || Number(row.finished_at) !== at
        ? 'changed'
        : row.lease_until !== null && Number(row.lease_until) >= now
          ? 'in_use'
          : null;
    if (row && why === null) return [row];
    left.push({ id, reason: why ?? 'gone' });
    return [];
  });
  return { rows, left };
}
