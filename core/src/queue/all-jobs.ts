// The functions for every job of the site, without rights: what the host calls, and what the services of `access/` do once they have asked.
import { type JobFilter, token } from '@phraseworks/sdk';
import type { JobRecord } from '../job/record.ts';
import type { JobsHost } from '../jobs-host.ts';
import { Clock } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { notFound } from '../kernel/errors.ts';
import { anything, finite, flag, oneOf, readFields, text, textOrNone, textOrTexts, texts } from '../kernel/fields.ts';
import { isId } from '../kernel/id.ts';
import { Log } from '../kernel/logger.ts';
import { toJob } from '../store/codec.ts';
import { Dialect } from '../store/dialect.ts';
import { JobReads } from '../store/job-reads.ts';
import { readFilter } from '../store/search.ts';
import { BULK_STATES } from './bulk.ts';
import { failuresOf } from './failures.ts';
import { attemptsOf } from './history.ts';
import { Holds } from './holds.ts';
import { JobActions } from './job-actions.ts';
import { Queue } from './queue.ts';
import { BULK_TYPE, TypeRegistry } from './registry.ts';
import { Removal } from './removal.ts';
import { viewOf } from './view.ts';
import { Explainer } from './why.ts';

export type AllJobs = Pick<
  JobsHost,
  | 'listJobs'
  | 'getJobAttempts'
  | 'getJobLogs'
  | 'getJobReceipts'
  | 'failures'
  | 'why'
  | 'cancelJob'
  | 'retryJob'
  | 'runJob'
  | 'deleteJob'
  | 'jobView'
  | 'bulk'
>;
export const AllJobs = token<AllJobs>('core/all-jobs');

export const ALL_JOBS = {
  queue: Queue,
  actions: JobActions,
  removal: Removal,
  reads: JobReads,
  registry: TypeRegistry,
  holds: Holds,
  explainer: Explainer,
  dialect: Dialect,
  clock: Clock,
  log: Log,
};

const FILTER_FIELDS = {
  status: textOrTexts,
  type: text,
  plugin: text,
  schedule: text,
  ids: texts,
  q: text,
  from: finite,
  to: finite,
  sort: text,
  limit: finite,
  cursor: text,
  brief: flag,
};
const BY = { by: textOrNone };
const ACTION = oneOf(...Object.keys(BULK_STATES));

export function allJobs(needs: Built<typeof ALL_JOBS>): AllJobs {
  const { queue, actions, removal, reads, holds, explainer } = needs;
  const { inside } = needs.dialect;
  const brief = async (id: string): Promise<JobRecord | null> => (isId(id) ? reads.brief(id) : null);
  return {
    listJobs: async (given = {}, where) => {
      const filter = readFields(given, 'filter', FILTER_FIELDS);
      const types = await holds.now();
      const { records, nextCursor, capped } = await reads.list(filter, types, where);
      return { jobs: records.map((record) => toJob(record, types) as never), nextCursor, capped };
    },
    getJobAttempts: async (id) => {
      const record = await brief(id);
      return record ? attemptsOf(record, await reads.attempts(id)) : [];
    },
    getJobLogs: async (id) => (isId(id) ? reads.logs(id) : []),
    getJobReceipts: async (id) => (isId(id) ? reads.receipts(id) : []),
    failures: async (options = {}, where) => {
      const { from = 0 } = readFields(options, 'options', { from: finite });
      return failuresOf({ reads, holds }, from, where);
    },
    why: async (id) => {
      const record = await brief(id);
      if (!record) return null;
      const { status } = toJob(record, await holds.now());
      return { jobId: id, status, why: await explainer.explain(record) };
    },
    cancelJob: async (id, options = {}) => {
      inside.refuse('cancelJob() was called');
      return actions.cancel(id, readFields(options, 'options', BY).by ?? null);
    },
    retryJob: async (id, options = {}) => {
      inside.refuse('retryJob() was called');
      return actions.retry(id, readFields(options, 'options', { data: anything, by: textOrNone }));
    },
    runJob: async (id, options = {}) => {
      inside.refuse('runJob() was called');
      readFields(options, 'options', BY);
      return actions.run(id);
    },
    deleteJob: async (id) => {
      inside.refuse('deleteJob() was called');
      return removal.one(id);
    },
    jobView: async (id) => {
      const record = isId(id) ? await reads.get(id) : null;
      if (!record) throw notFound();
      return viewOf(toJob(record, await holds.now()), needs);
    },
    bulk: async (given, limits = {}) => {
      inside.refuse('bulk() was called');
      const asked = readFields(given, 'request', { action: ACTION, filter: anything }, ['action', 'filter']);
      const request = { ...asked, filter: readFields<JobFilter>(asked.filter, 'filter', FILTER_FIELDS) };
      readFilter(request.filter, 'filter.');
      return queue.add({ type: BULK_TYPE, data: { ...request, ...limits } }, { plugin: null, exempt: true });
    },
  };
}
