// Routes for jobs, failures, and pauses of types and plugins.
import type {
  BulkRequest,
  Job,
  JobFilter,
  NewJob,
  NewPause,
  PauseInfo,
  Progress,
  RouteContext,
} from '@phraseworks/sdk';
import {
  addForm,
  BulkBody,
  FailuresQuery,
  ListQuery,
  PauseBody,
  ProgressBody,
  RetryBody,
} from './contract/requests.ts';
import type { SchemaName } from './contract/schemas.ts';
import { type Answer, type Call, type Route, type RouteDescription, route, type Services } from './route.ts';

const theJob = { status: 200, schema: 'Job', about: 'The job.' } as const;

/** A route about the job `:id`. */
const jobRoute = <Q = undefined, B = undefined, S extends SchemaName = never>(
  about: RouteDescription<Q, B, S>,
  answer: (id: string, call: Call<Q, B>) => Promise<Answer<S>>,
): Route =>
  route({ ...about, limited: true, errors: ['JOB_NOT_FOUND', ...(about.errors ?? [])] }, (call) =>
    answer(call.param('id'), call),
  );

export function jobRoutes({ jobs, pauses }: Services): Route[] {
  return [
    route(
      {
        id: 'addJobs',
        method: 'post',
        path: '/api/jobs',
        group: 'Jobs',
        summary: 'Add a job, or a list of jobs (all or none). A job sent as a form can have files.',
        action: 'add',
        limited: true,
        body: { name: 'NewJobs', form: addForm },
        files: true,
        answer: { status: 201, schema: 'AddedJobs', about: 'The stored job, or the list of stored jobs.' },
        errors: ['UNKNOWN_TYPE', 'IDEMPOTENCY_CONFLICT', 'VETOED', 'QUEUE_FULL'],
      },
      async ({ c, actor, body }) => {
        if (Array.isArray(body)) return jobs.addMany(actor, body as NewJob[]);
        const added = await jobs.add(actor, body as NewJob);
        return c.json(added, 201, locationOf(c, added));
      },
    ),
    route(
      {
        id: 'listJobs',
        method: 'get',
        path: '/api/jobs',
        group: 'Jobs',
        summary: 'List jobs, newest first by default.',
        action: 'view',
        limited: true,
        query: ListQuery,
        answer: { status: 200, schema: 'JobPage', about: 'One page of jobs.' },
      },
      // No ids mean no jobs, where another empty filter means all.
      ({ c, actor, query }) => {
        const none = query.ids === undefined && c.req.query('ids') !== undefined;
        return jobs.list(actor, { ...query, ...(none ? { ids: [] } : {}), brief: true } as JobFilter);
      },
    ),
    route(
      {
        id: 'bulk',
        method: 'post',
        path: '/api/jobs/bulk',
        group: 'Jobs',
        summary: 'Retry, cancel, run or delete all jobs that match a filter. This runs as a job that you can follow.',
        action: 'operate',
        limited: true,
        body: { name: 'Bulk', form: () => BulkBody },
        answer: { status: 202, schema: 'Job', about: 'The job that runs the action.' },
      },
      async ({ c, body, actor }) => {
        const job = await jobs.bulk(actor, body as BulkRequest);
        return c.json(job, 202, locationOf(c, job));
      },
    ),
    jobRoute(
      {
        id: 'getJob',
        method: 'get',
        path: '/api/jobs/:id',
        group: 'Jobs',
        summary: 'Get a job.',
        action: 'view',
        answer: theJob,
      },
      (id, { actor }) => jobs.get(actor, id),
    ),
    jobRoute(
      {
        id: 'getJobHistory',
        method: 'get',
        path: '/api/jobs/:id/history',
        group: 'Jobs',
        summary: 'Get the events of a job, oldest first, and its attempts.',
        action: 'view',
        answer: { status: 200, schema: 'History', about: 'Events and attempts.' },
      },
      (id, { actor }) => jobs.history(actor, id),
    ),
    jobRoute(
      {
        id: 'getJobLogs',
        method: 'get',
        path: '/api/jobs/:id/logs',
        group: 'Jobs',
        summary: 'Get the log of a job.',
        action: 'view',
        answer: { status: 200, schema: 'Logs', about: 'The lines, oldest first.' },
      },
      async (id, { actor }) => ({ logs: await jobs.logs(actor, id) }),
    ),
    jobRoute(
      {
        id: 'getJobReceipts',
        method: 'get',
        path: '/api/jobs/:id/receipts',
        group: 'Jobs',
        summary: 'List the completed steps of a job, which a retry skips.',
        action: 'view',
        answer: {
          status: 200,
          schema: 'Receipts',
          about: 'The steps, sorted by key, without their results.',
        },
      },
      async (id, { actor }) => ({ receipts: await jobs.receipts(actor, id) }),
    ),
    jobRoute(
      {
        id: 'why',
        method: 'get',
        path: '/api/jobs/:id/why',
        group: 'Jobs',
        summary: 'Explain why a job is not running.',
        action: 'view',
        answer: { status: 200, schema: 'Why', about: 'The reason in one line.' },
      },
      (id, { actor }) => jobs.why(actor, id),
    ),
    jobRoute(
      {
        id: 'cancelJob',
        method: 'post',
        path: '/api/jobs/:id/cancel',
        group: 'Jobs',
        summary: 'Cancel a waiting or running job.',
        action: 'operate',
        answer: theJob,
        errors: ['NOT_CANCELLABLE'],
      },
      (id, { actor }) => jobs.cancel(actor, id),
    ),
    jobRoute(
      {
        id: 'retryJob',
        method: 'post',
        path: '/api/jobs/:id/retry',
        group: 'Jobs',
        summary: 'Retry a finished job, with its own or new data.',
        action: 'operate',
        body: { name: 'Retry', form: () => RetryBody, optional: true },
        answer: theJob,
        errors: ['INVALID_STATE'],
      },
      (id, { body, actor }) => jobs.retry(actor, id, body),
    ),
    jobRoute(
      {
        id: 'runJob',
        method: 'post',
        path: '/api/jobs/:id/run',
        group: 'Jobs',
        summary: 'Run a delayed job now.',
        action: 'operate',
        answer: theJob,
        errors: ['INVALID_STATE'],
      },
      (id, { actor }) => jobs.run(actor, id),
    ),
    jobRoute(
      {
        id: 'updateJobProgress',
        method: 'post',
        path: '/api/jobs/:id/progress',
        group: 'Jobs',
        summary: 'Report the progress of a running job.',
        action: 'operate',
        body: { name: 'Progress', form: () => ProgressBody },
        answer: theJob,
        errors: ['INVALID_STATE'],
      },
      (id, { actor, body }) => jobs.progress(actor, id, body as Progress),
    ),
    route(
      {
        id: 'getFailures',
        method: 'get',
        path: '/api/failures',
        group: 'Jobs',
        summary: 'Summarise failed jobs by type and cause.',
        action: 'view',
        limited: true,
        query: FailuresQuery,
        answer: { status: 200, schema: 'Failures', about: 'The most frequent first.' },
      },
      ({ actor, query: { from = 0 } }) => jobs.failures(actor, { from }),
    ),
    jobRoute(
      {
        id: 'deleteJob',
        method: 'delete',
        path: '/api/jobs/:id',
        group: 'Jobs',
        summary: 'Delete a job that is not running, with its files, log and history.',
        action: 'operate',
        answer: { status: 204, about: 'The job was deleted.' },
        errors: ['INVALID_STATE'],
      },
      async (id, { actor }) => {
        await jobs.remove(actor, id);
        return undefined;
      },
    ),
    jobRoute(
      {
        id: 'getJobView',
        method: 'get',
        path: '/api/jobs/:id/view',
        group: 'Jobs',
        summary: "Get the plugin's view of a job.",
        action: 'view',
        answer: { status: 200, schema: 'JobView', about: 'The blocks; empty if the type has no view.' },
      },
      (id, { actor }) => jobs.view(actor, id),
    ),
    route(
      {
        id: 'listPauses',
        method: 'get',
        path: '/api/pauses',
        group: 'Jobs',
        summary: 'List paused types and plugins with their waiting jobs.',
        action: 'view',
        limited: true,
        answer: { status: 200, schema: 'Pauses', about: 'All pauses, oldest first.' },
      },
      async ({ actor }) => ({ pauses: await pauses.list(actor) }),
    ),
    route(
      {
        id: 'pause',
        method: 'post',
        path: '/api/pauses',
        group: 'Jobs',
        summary: 'Pause a type or a plugin. Running jobs finish; the others wait.',
        action: 'operate',
        limited: true,
        body: { name: 'NewPause', form: () => PauseBody },
        answer: { status: 201, schema: 'Pause', about: 'The pause; the existing one if it was already paused.' },
        errors: ['UNKNOWN_TYPE', 'PLUGIN_NOT_FOUND'],
      },
      ({ actor, body }) => pauses.pause(actor, body as NewPause),
    ),
    route(
      {
        id: 'resume',
        method: 'delete',
        path: '/api/pauses/:kind/:name',
        group: 'Jobs',
        summary: 'Resume a type or a plugin.',
        action: 'operate',
        limited: true,
        answer: { status: 204, about: 'Waiting jobs continue in order.' },
        errors: ['NOT_FOUND'],
      },
      async ({ actor, param }) => {
        await pauses.resume(actor, param('kind') as PauseInfo['kind'], param('name'));
        return undefined;
      },
    ),
  ];
}

const locationOf = (c: RouteContext, { id }: Job): Record<string, string> => ({
  Location: `${c.var.base}/api/jobs/${id}`,
});
