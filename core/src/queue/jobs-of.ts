// The functions of jobs (README, "The functions") for one owner; jobs that they add carry the owner's name.
import { type AddOptions, type JobsApi, type NewJob, token } from '@phraseworks/sdk';
import type { Built } from '../kernel/container.ts';
import { messageOf, stackOf } from '../kernel/errors.ts';
import { isId } from '../kernel/id.ts';
import { encodeJson } from '../kernel/json.ts';
import { Log } from '../kernel/logger.ts';
import { toJob } from '../store/codec.ts';
import { HostTransactions } from '../store/host-transactions.ts';
import { JobReads } from '../store/job-reads.ts';
import type { AddContext } from './admission.ts';
import { Attempts } from './attempts.ts';
import { metricsOf } from './counts.ts';
import { historyOf } from './history.ts';
import { Holds } from './holds.ts';
import { JobActions } from './job-actions.ts';
import { JobReports } from './job-reports.ts';
import { Peers } from './presence.ts';
import { Queue } from './queue.ts';

/** The queue functions for one owner. */
export type OwnedJobs = Omit<JobsApi, 'registerProcessor' | 'scheduleJob' | 'unscheduleJob'>;

/** `owner`: a plugin, or null for the application. */
export const JobsOf = token<(owner: string | null) => OwnedJobs>('core/jobs-of');

/** The payload of the action `error`. */
export interface HandledError {
  error: unknown;
  context: string | undefined;
  jobId: string | undefined;
  plugin: string | undefined;
}

export const OWNED_JOBS = {
  queue: Queue,
  hostTransactions: HostTransactions,
  actions: JobActions,
  reports: JobReports,
  reads: JobReads,
  holds: Holds,
  attempts: Attempts,
  peers: Peers,
  log: Log,
};

type OwnedJobsNeeds = Built<typeof OWNED_JOBS> & {
  /** Fires the action `error`. */
  report: (fact: HandledError) => Promise<void>;
};

const CONTEXT_LIMITS = { bytes: 4_096, depth: 5 };

export function ownedJobs(needs: OwnedJobsNeeds, plugin: string | null): OwnedJobs {
  const { queue, actions, reports, reads, holds, attempts, log } = needs;
  const { inside } = needs.hostTransactions;
  const alone: AddContext = { plugin };
  const contextOf = (options: AddOptions | undefined): AddContext => {
    const trx = needs.hostTransactions.of(options?.trx);
    return trx === undefined ? alone : { plugin, trx };
  };
  return {
    addJob: (job, options) => queue.add(job as NewJob, contextOf(options)) as never,
    add: async ({ type }, data, given) => {
      const { trx: _trx, ...options } = given ?? {};
      return queue.add({ ...options, type, data }, contextOf(given)) as never;
    },
    addJobs: (jobs, options) => queue.addMany(jobs as readonly NewJob[], contextOf(options)) as never,
    getJobStatus: async (id) => {
      const record = isId(id) ? await reads.get(id) : null;
      return record ? (toJob(record, await holds.now()) as never) : null;
    },
    getJobHistory: async (id) => {
      const record = isId(id) ? await reads.get(id) : null;
      return record ? historyOf(record, await reads.attempts(id), await reads.history(id)) : [];
    },
    cancelJob: async (id) => {
      inside.refuse('cancelJob() was called');
      return actions.cancel(id, plugin);
    },
    updateJobProgress: async (id, progress) => {
      // The progress of a job that runs here is written later.
      if (!attempts.get(id)) inside.refuse('updateJobProgress() was called');
      return reports.progress(id, progress);
    },
    recordJobMetrics: async (id, metrics) => {
      inside.refuse('recordJobMetrics() was called');
      return reports.recordMetrics(id, metrics);
    },
    getQueueMetrics: async () =>
      metricsOf(await reads.counts(), await reads.totals(), await needs.peers.stuck(), await holds.now()),
    handleError: async (error, given, options) => {
      const context = typeof given === 'string' ? given : undefined;
      const jobId = jobIn(options);
      const where = `${plugin ? `[${plugin}] ` : ''}${context ?? 'an error'}`;
      if (!options?.silent) log.error(`${where}: ${messageOf(error)}${jobId ? ` (job ${jobId})` : ''}`);
      const attempt = jobId ? attempts.get(jobId) : undefined;
      if (attempt) {
        const known = encodeJson(options?.additionalData, 'additionalData', CONTEXT_LIMITS);
        attempt.log.error(`${context ?? 'error'}: ${messageOf(error)}`, known.ok ? known.text : '');
        const stack = stackOf(error);
        if (stack) attempt.log.debug(stack);
      }
      await needs.report({ error, context, jobId, plugin: plugin ?? undefined }).catch(() => {});
    },
  };
}

/** The job that the caller of `handleError` names. Never throws, whatever the options are. */
function jobIn(options: { additionalData?: Record<string, unknown> } | null | undefined): string | undefined {
  try {
    const id = options?.additionalData?.jobId;
    return typeof id === 'string' && isId(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
