// The service Facts: finished jobs and schedules, for plugins.
import { type Facts, JobsError, type NewJob } from '@phraseworks/sdk';
import type { EndedQuery } from '@phraseworks/sdk/host';
import { decodeJson } from '../kernel/json.ts';
import type { JobReads } from '../store/job-reads.ts';
import type { ScheduleStore } from '../store/schedule-store.ts';

const MOST = 2_000;
/** Results may be large, so return them only for this many jobs. */
const WITH_RESULT = 20;

export interface FactsParts {
  reads: Pick<JobReads, 'ended'>;
  schedules: Pick<ScheduleStore, 'list'>;
  /** Is the plugin (null: the application) on here? */
  isActive: (plugin: string | null) => boolean;
}

export function createFacts({ reads, schedules, isActive }: FactsParts): Facts {
  return {
    async ended({ type, state, schedule, since = 0, limit = WITH_RESULT }: EndedQuery) {
      if (state !== 'completed' && state !== 'failed')
        throw new JobsError('INVALID_DATA', 'facts.ended: the state must be completed or failed');
      const most = Math.min(MOST, Math.max(1, Math.floor(limit)));
      const withResult = state === 'completed' && most <= WITH_RESULT;
      const rows = await reads.ended({ type, state, schedule, since, limit: most, withResult });
      return rows.map(({ id, error, reason, finishedAt, result, schedule: of }) => ({
        id,
        at: Number(finishedAt ?? 0),
        error,
        reason,
        result: result === null ? null : (decodeJson(result) ?? null),
        schedule: of,
      }));
    },

    async schedules() {
      return (await schedules.list()).map(({ key, plugin, job, paused, nextAt, lastAt, lastJob }) => ({
        name: key,
        type: (JSON.parse(job) as NewJob).type,
        paused,
        active: isActive(plugin),
        nextRun: nextAt,
        lastRun: lastAt,
        lastJob,
      }));
    },
  };
}
