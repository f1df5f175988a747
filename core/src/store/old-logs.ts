// The service JobLogs: log lines of jobs that finished long ago, found page by page and removed in short transactions.
import { type JobLogs, JobsError, type KeptLog, type OldLog } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { Clock, yieldToEventLoop } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { Ledger } from './ledger.ts';

/** Jobs per page and per transaction. */
const PAGE = 500;

interface FinishedJob {
  id: string;
  type: string;
  at: number;
}

export class OldLogs extends Needing<typeof OldLogs.needs> implements JobLogs {
  static readonly needs = { ledger: Ledger, clock: Clock };

  async *find({ before, signal }: Parameters<JobLogs['find']>[0]): AsyncGenerator<OldLog> {
    if (!Number.isFinite(before)) throw new JobsError('INVALID_DATA', 'before must be milliseconds since 1970');
    for (let jobs: FinishedJob[] = []; ; ) {
      signal?.throwIfAborted();
      jobs = await this.#finished(before, jobs.at(-1));
      const logs = await this.#logsOf(jobs.map(({ id }) => id));
      for (const { id, type, at } of jobs) {
        const log = logs.get(id);
        if (log) yield { id, at, bytes: Number(log.bytes), label: `${type}, ${log.lines} lines` };
      }
      if (jobs.length < PAGE) return;
    }
  }

  async remove(logs: readonly OldLog[]): Promise<KeptLog[]> {
    const kept: KeptLog[] = [];
    for (let from = 0; from < logs.length; from += PAGE) {
      if (from > 0) await yieldToEventLoop(this.needs.clock);
      kept.push(...(await this.#removePage(logs.slice(from, from + PAGE))));
    }
    return kept;
  }

  /** A page of finished jobs, oldest first. */
  async #finished(before: number, after?: FinishedJob): Promise<FinishedJob[]> {
    let query = this.needs.ledger.dialect.reader
      .selectFrom('pwj_jobs')
      .select(['id', 'type', 'finished_at as at'])
      .where('finished_at', '<', before)
      .where((e) => e.or([e('lease_until', 'is', null), e('lease_until', '<', before)]))
      .orderBy('finished_at')
      .orderBy('id')
      .limit(PAGE);
    if (after)
      query = query
        .where('finished_at', '>=', after.at)
        .where((e) => e.or([e('finished_at', '>', after.at), e('id', '>', after.id)]));
    return (await query.execute()).map((row) => ({ ...row, at: Number(row.at) }));
  }

  async #logsOf(ids: readonly string[]): Promise<Map<string, { lines: number; bytes: number }>> {
    if (ids.length === 0) return new Map();
    const rows = await this.needs.ledger.dialect.reader
      .selectFrom('pwj_logs')
      .select((e) => [
        'job_id',
        e.fn.countAll<number>().as('lines'),
        sql<number>`sum(octet_length(message))`.as('bytes'),
      ])
      .where('job_id', 'in', ids)
      .groupBy('job_id')
      .execute();
    return new Map(rows.map(({ job_id, ...log }) => [job_id, log]));
  }

  #removePage(logs: readonly OldLog[]): Promise<KeptLog[]> {
    const ids = logs.map(({ id }) => id);
    return this.needs.ledger.transact(async (tx) => {
      const query = tx.db.selectFrom('pwj_jobs').select(['id', 'finished_at']).where('id', 'in', ids);
      const endedAt = new Map((await tx.locked(query).execute()).map((row) => [row.id, row.finished_at]));
      const unchanged = logs.filter(({ id, at }) => Number(endedAt.get(id)) === at).map(({ id }) => id);
      if (unchanged.length > 0) await tx.db.deleteFrom('pwj_logs').where('job_id', 'in', unchanged).execute();
      return ids
        .filter((id) => !unchanged.includes(id))
        .map((id) => ({ id, reason: endedAt.has(id) ? 'changed' : 'gone' }));
    });
  }
}
