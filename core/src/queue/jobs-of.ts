// The functions of jobs (README, "The functions") for one owner; jobs that they add carry the owner's name.
import { type AddOptions, type JobsApi, type NewJob, token } from '@phraseworks/sdk';
import type { Built } from '../kernel/container.ts';
import { HostTransactions } from '../store/host-transactions.ts';
import type { AddContext } from './admission.ts';
import { ContentJobs } from './content.ts';
import { JobActions } from './job-actions.ts';
import { JobQueries } from './job-queries.ts';
import { JobReports } from './job-reports.ts';
import { Batches } from './links/batches.ts';
import { Queue } from './queue.ts';
import { Signals } from './steps/signals.ts';

/** The queue functions for one owner. */
export type OwnedJobs = Omit<JobsApi, 'registerProcessor' | 'scheduleJob' | 'unscheduleJob'>;

/** `owner`: a plugin, or null for the application. */
export const JobsOf = token<(owner: string | null) => OwnedJobs>('core/jobs-of');

export const OWNED_JOBS = {
  queue: Queue,
  transactions: HostTransactions,
  actions: JobActions,
  content: ContentJobs,
  reports: JobReports,
  queries: JobQueries,
  batches: Batches,
  signals: Signals,
};

export function ownedJobs(needs: Built<typeof OWNED_JOBS>, plugin: string | null): OwnedJobs {
  const { queue, transactions, actions, content, reports, queries, batches, signals } = needs;
  const alone: AddContext = { plugin };
  const contextOf = (options?: AddOptions): AddContext => {
    const trx = transactions.of(options?.trx);
    return trx === undefined ? alone : { plugin, trx };
  };
  return {
    addJob: (job, options) => queue.add(job as NewJob, contextOf(options)) as never,
    add: async ({ type }, data, given) => {
      const { trx: _trx, ...options } = given ?? {};
      return queue.add({ ...options, type, data }, contextOf(given)) as never;
    },
    addJobs: (jobs, options) => queue.addMany(jobs as readonly NewJob[], contextOf(options)) as never,
    addGraph: (jobs, options) => queue.addGraph(jobs, contextOf(options)) as never,
    addBatch: (batch, jobs, options) => batches.add(batch, jobs ?? [], contextOf, options),
    getBatch: (id) => batches.get(id, contextOf),
    getJobStatus: (id) => queries.get(id) as never,
    getJobHistory: async (id) => (await queries.history(id)).events,
    cancelJob: (id) => actions.cancel(id, plugin),
    deleteJobs: (filter) => actions.removeAll(filter),
    cancelAbout: (about, options) => content.cancel(about, plugin, transactions.of(options?.trx)),
    signalJob: (id, key, data, options) => signals.send(id, key, data, plugin, transactions.of(options?.trx)),
    updateJobProgress: (id, progress) => reports.progress(id, progress),
    recordJobMetrics: (id, metrics) => reports.recordMetrics(id, metrics),
    getQueueMetrics: () => queries.metrics(),
    handleError: (error, context, options) => reports.error(plugin, error, context, options),
  };
}
