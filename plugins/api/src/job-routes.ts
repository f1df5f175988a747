// Routes for jobs, failures, and pauses of types and plugins.
import type { BulkActions, Job, PauseInfo, PluginClock, RouteContext } from '@phraseworks/sdk';
import { FailuresQuery, ListQuery } from '@phraseworks/sdk/contract';
import { addFromForm, isForm } from './form.ts';
import { grouped, type Route, route, type Services, type WrittenRoute } from './route.ts';
import type { SchemaName } from './schemas.ts';

const theJob = { status: 200, schema: 'Job', about: 'The job.' } as const;

/** A route about the job `:id`. */
const jobRoute = <Q = undefined, B extends SchemaName = never, S extends SchemaName = never>(
  written: WrittenRoute<Q, B, S>,
): ReturnType<typeof route> =>
  route({ ...written, limited: true, errors: ['JOB_NOT_FOUND', ...(written.errors ?? [])] });

export function jobRoutes(services: Services, bulk: BulkActions, clock: PluginClock): Route[] {
  const { jobs, pauses } = services;
  const withLocation = (c: RouteContext, job: Job, status: 201 | 202) =>
    c.json(job, status, { Location: `${c.var.base}/api/jobs/${job.id}` });
  const addJobs = route({
    id: 'addJobs',
    at: 'POST /api/jobs',
    summary: 'Add a job, or a list of jobs (all or none). A job sent as a form can have files.',
    action: 'add',
    limited: true,
    body: { schema: 'NewJobs' },
    files: true,
    answer: { status: 201, schema: 'AddedJobs', about: 'The stored job, or the list of stored jobs.' },
    errors: ['UNKNOWN_TYPE', 'IDEMPOTENCY_CONFLICT', 'DUPLICATE_JOB', 'VETOED', 'QUEUE_FULL'],
    handle: async ({ c, actor, body }) => {
      if (Array.isArray(body)) return jobs.addMany(actor, body);
      return withLocation(c, await jobs.add(actor, body), 201);
    },
  });
  return grouped('Jobs', [
    {
      ...addJobs,
      handle: async (c, authorize) => {
        if (!isForm(c)) return addJobs.handle(c, authorize);
        const actor = await authorize(c, 'add', 'some');
        const job = await addFromForm(c, { uploads: services.uploads, clock, by: actor.user }, (given, files) =>
          jobs.add(actor, given, files),
        );
        return withLocation(c, job, 201);
      },
    },
    route({
      id: 'listJobs',
      at: 'GET /api/jobs',
      summary: 'List jobs, newest first by default.',
      action: 'view',
      limited: true,
      query: ListQuery,
      answer: { status: 200, schema: 'JobPage', about: 'One page of jobs.' },
      // No ids mean no jobs, where another empty filter means all.
      handle: ({ c, actor, query }) => {
        const none = query.ids === undefined && c.req.query('ids') !== undefined;
        return jobs.list(actor, { ...query, ...(none ? { ids: [] } : {}), brief: true });
      },
    }),
    route({
      id: 'bulk',
      at: 'POST /api/jobs/bulk',
      summary: 'Retry, cancel, run or delete all jobs that match a filter. This runs as a job that you can follow.',
      action: 'operate',
      limited: true,
      body: { schema: 'Bulk' },
      answer: { status: 202, schema: 'Job', about: 'The job that runs the action.' },
      handle: async ({ c, body, actor }) => withLocation(c, await bulk.start(actor, body), 202),
    }),
    jobRoute({
      id: 'getJob',
      at: 'GET /api/jobs/:id',
      summary: 'Get a job.',
      action: 'view',
      answer: theJob,
      handle: ({ id, actor }) => jobs.get(actor, id),
    }),
    jobRoute({
      id: 'getJobHistory',
      at: 'GET /api/jobs/:id/history',
      summary: 'Get the events of a job, oldest first, and its attempts.',
      action: 'view',
      answer: { status: 200, schema: 'History', about: 'Events and attempts.' },
      handle: ({ id, actor }) => jobs.history(actor, id),
    }),
    jobRoute({
      id: 'getJobLogs',
      at: 'GET /api/jobs/:id/logs',
      summary: 'Get the log of a job.',
      action: 'view',
      answer: { status: 200, schema: 'Logs', about: 'The lines, oldest first.' },
      handle: async ({ id, actor }) => ({ logs: await jobs.logs(actor, id) }),
    }),
    jobRoute({
      id: 'getJobReceipts',
      at: 'GET /api/jobs/:id/receipts',
      summary: 'List the completed steps of a job, which a retry skips.',
      action: 'view',
      answer: {
        status: 200,
        schema: 'Receipts',
        about: 'The steps, sorted by key, without their results.',
      },
      handle: async ({ id, actor }) => ({ receipts: await jobs.receipts(actor, id) }),
    }),
    jobRoute({
      id: 'getJobLinks',
      at: 'GET /api/jobs/:id/links',
      summary: 'List the jobs that a job waits for, those that wait for it, and its batches.',
      action: 'view',
      answer: { status: 200, schema: 'JobLinks', about: 'The first 100 of each.' },
      handle: ({ id, actor }) => jobs.links(actor, id),
    }),
    jobRoute({
      id: 'why',
      at: 'GET /api/jobs/:id/why',
      summary: 'Explain why a job is not running.',
      action: 'view',
      answer: { status: 200, schema: 'Why', about: 'The reason in one line.' },
      handle: ({ id, actor }) => jobs.why(actor, id),
    }),
    jobRoute({
      id: 'signalJob',
      at: 'POST /api/jobs/:id/signals/:key',
      summary: 'Send the signal that a job waits for, or will wait for.',
      action: 'operate',
      body: { schema: 'Signal', optional: true },
      answer: theJob,
      errors: ['INVALID_STATE'],
      handle: ({ c, id, body, actor }) => jobs.signal(actor, id, c.req.param('key') ?? '', body?.data),
    }),
    jobRoute({
      id: 'cancelJob',
      at: 'POST /api/jobs/:id/cancel',
      summary: 'Cancel a waiting or running job.',
      action: 'operate',
      answer: theJob,
      errors: ['NOT_CANCELLABLE'],
      handle: ({ id, actor }) => jobs.cancel(actor, id),
    }),
    jobRoute({
      id: 'retryJob',
      at: 'POST /api/jobs/:id/retry',
      summary: 'Retry a finished job, with its own or new data.',
      action: 'operate',
      body: { schema: 'Retry', optional: true },
      answer: theJob,
      errors: ['INVALID_STATE', 'DUPLICATE_JOB'],
      handle: ({ id, body, actor }) => jobs.retry(actor, id, body),
    }),
    jobRoute({
      id: 'runJob',
      at: 'POST /api/jobs/:id/run',
      summary: 'Run a delayed job now.',
      action: 'operate',
      answer: theJob,
      errors: ['INVALID_STATE'],
      handle: ({ id, actor }) => jobs.run(actor, id),
    }),
    jobRoute({
      id: 'updateJobProgress',
      at: 'POST /api/jobs/:id/progress',
      summary: 'Report the progress of a running job.',
      action: 'operate',
      body: { schema: 'Progress' },
      answer: theJob,
      errors: ['INVALID_STATE'],
      handle: ({ id, actor, body }) => jobs.progress(actor, id, body),
    }),
    route({
      id: 'getFailures',
      at: 'GET /api/failures',
      summary: 'Summarise failed jobs by type and cause.',
      action: 'view',
      limited: true,
      query: FailuresQuery,
      answer: { status: 200, schema: 'Failures', about: 'The most frequent first.' },
      handle: ({ actor, query: { from = 0 } }) => jobs.failures(actor, { from }),
    }),
    jobRoute({
      id: 'deleteJob',
      at: 'DELETE /api/jobs/:id',
      summary: 'Delete a job that is not running, with its files, log and history.',
      action: 'operate',
      answer: { status: 204, about: 'The job was deleted.' },
      errors: ['INVALID_STATE'],
      handle: ({ id, actor }) => jobs.remove(actor, id),
    }),
    jobRoute({
      id: 'getJobView',
      at: 'GET /api/jobs/:id/view',
      summary: "Get the plugin's view of a job.",
      action: 'view',
      answer: { status: 200, schema: 'JobView', about: 'The blocks; empty if the type has no view.' },
      handle: ({ id, actor }) => jobs.view(actor, id),
    }),
    route({
      id: 'listPauses',
      at: 'GET /api/pauses',
      summary: 'List paused types and plugins with their waiting jobs.',
      action: 'view',
      limited: true,
      answer: { status: 200, schema: 'Pauses', about: 'All pauses, oldest first.' },
      handle: async ({ actor }) => ({ pauses: await pauses.list(actor) }),
    }),
    route({
      id: 'pause',
      at: 'POST /api/pauses',
      summary: 'Pause a type or a plugin. Running jobs finish; the others wait.',
      action: 'operate',
      limited: true,
      body: { schema: 'NewPause' },
      answer: { status: 201, schema: 'Pause', about: 'The pause; the existing one if it was already paused.' },
      errors: ['UNKNOWN_TYPE', 'PLUGIN_NOT_FOUND'],
      handle: ({ actor, body }) => pauses.pause(actor, body),
    }),
    route({
      id: 'resume',
      at: 'DELETE /api/pauses/:kind/:name',
      summary: 'Resume a type or a plugin.',
      action: 'operate',
      limited: true,
      answer: { status: 204, about: 'Waiting jobs continue in order.' },
      errors: ['NOT_FOUND'],
      handle: ({ c, actor, name }) => pauses.resume(actor, c.req.param('kind') as PauseInfo['kind'], name),
    }),
  ]);
}
