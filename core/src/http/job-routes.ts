// Routes for jobs, failures, and pauses of types and plugins.
import { type Job, JobsError, type NewJob } from '@phraseworks/sdk';
import type { Context } from 'hono';
import type { BulkLimits, BulkRequest } from '../queue/bulk.ts';
import { filterText } from '../queue/bulk.ts';
import type { NewPause } from '../queue/pauses.ts';
import type { JobFilter } from '../store/job-filter.ts';
import type { Adding } from './adding.ts';
import type { Actor } from './authorize.ts';
import type { Subject } from './guard.ts';
import { addFromForm } from './job-form.ts';
import { mountPointOf } from './mount.ts';
import {
  type AddInput,
  addForm,
  BulkBody,
  FailuresQuery,
  ListQuery,
  PauseBody,
  ProgressBody,
  RetryBody,
} from './requests.ts';
import { type HttpDeps, jobRoute, type Route, route } from './route.ts';
import type { ShownJobs } from './shown-jobs.ts';

const theJob = { status: 200, schema: 'Job', about: 'The job.' } as const;

export function jobRoutes(deps: HttpDeps, shown: ShownJobs, adding: Adding): Route[] {
  const { host } = deps;

  /** The action runs later, without the request, so ask `authorize` now. */
  const limitsOf = async (c: Context, { action }: BulkRequest, { where }: Actor): Promise<BulkLimits> => {
    const starts = action === 'retry' || action === 'run';
    const without = starts ? await adding.closedTypes(c, host.types()) : [];
    return { ...(without.length > 0 ? { without } : {}), ...(where ? { where } : {}) };
  };

  /** The types that a pause holds; for a plugin without types, ask about the whole site. */
  const pausedTypes = (kind: string, name: string): Subject[] => {
    if (kind === 'type') return [{ type: name, plugin: deps.typeOf(name)?.plugin ?? null }];
    const own = host.types().filter(({ plugin }) => plugin === name);
    return own.length === 0 ? [{}] : own.map(({ type, plugin }) => ({ type, plugin }));
  };

  return [
    route(
      {
        id: 'addJobs',
        method: 'post',
        path: '/api/jobs',
        group: 'Jobs',
        summary: 'Add a job, or a list of jobs (all or none). A job sent as a form can have files.',
        action: 'add',
        rightsFromBody: true,
        body: { name: 'NewJobs', form: addForm },
        files: true,
        answer: { status: 201, schema: 'AddedJobs', about: 'The stored job, or the list of stored jobs.' },
        errors: ['UNKNOWN_TYPE', 'IDEMPOTENCY_CONFLICT', 'VETOED', 'QUEUE_FULL'],
      },
      async ({ c, body }) => {
        const addOne = async (job: NewJob, uploads: readonly string[] = []): Promise<Job> => {
          await adding.check(c, [job], () => 'type', uploads);
          return deps.addJob(job);
        };
        const addAll = async (jobs: NewJob[]): Promise<Job[]> => {
          await adding.check(c, jobs, (i) => `[${i}].type`);
          return deps.addJobs(jobs);
        };
        const add = (input: AddInput) => (Array.isArray(input) ? addAll(input as NewJob[]) : addOne(input as NewJob));
        const added = body === undefined ? await addFromForm(c, deps, addOne) : await add(body);
        const answer = await shown.added(c, [added].flat());
        return c.json(Array.isArray(added) ? answer : (answer[0] as Job), 201, locationOf(c, added));
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
        return shown.list(c, actor, { ...query, ...(none ? { ids: [] } : {}) } as JobFilter);
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
        audit: (body) => ({ target: body.action, detail: filterText(body.filter as BulkRequest['filter']) }),
        answer: { status: 202, schema: 'Job', about: 'The job that runs the action.' },
      },
      async ({ c, body, actor }) => {
        const request = body as BulkRequest;
        const job = await host.bulk(request, await limitsOf(c, request, actor));
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
      (job, { c }) => shown.one(c, job),
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
      async (job, { c }) => {
        const [events, attempts] = await Promise.all([host.getJobHistory(job.id), host.getJobAttempts(job.id)]);
        return shown.about(c, job, { events, attempts });
      },
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
      async (job, { c }) => shown.about(c, job, { logs: await host.getJobLogs(job.id) }),
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
      async ({ id }) => ({ receipts: await host.getJobReceipts(id) }),
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
      async ({ id, status }) => (await host.why(id)) ?? { jobId: id, status, why: 'It was just deleted.' },
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
      async (job, { actor }) => {
        if (!(await host.cancelJob(job.id, by(actor)))) {
          throw new JobsError('NOT_CANCELLABLE', 'The job has already finished: it can be retried, but not cancelled.');
        }
        return again(deps, job);
      },
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
      async (job, { c, body, actor }) => {
        const data = body && 'data' in body && body.data !== undefined ? { data: body.data } : {};
        await adding.checkAgain(c, job, data);
        return host.retryJob(job.id, { ...data, ...by(actor) });
      },
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
      async (job, { c, actor }) => {
        await adding.checkAgain(c, job, {});
        return host.runJob(job.id, by(actor));
      },
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
        audit: null,
        answer: theJob,
        errors: ['INVALID_STATE'],
      },
      async (job, { body }) => {
        await host.updateJobProgress(job.id, body as Parameters<typeof host.updateJobProgress>[1]);
        return again(deps, job);
      },
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
      ({ actor, query: { from = 0 } }) => host.failures({ from }, actor.where),
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
      async ({ id }) => {
        await host.deleteJob(id);
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
      async (job, { c }) => shown.about(c, job, await host.jobView(job.id)),
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
      async () => ({ pauses: await host.pauses.list() }),
    ),
    route(
      {
        id: 'pause',
        method: 'post',
        path: '/api/pauses',
        group: 'Jobs',
        summary: 'Pause a type or a plugin. Running jobs finish; the others wait.',
        action: 'operate',
        rightsFromBody: true,
        body: { name: 'NewPause', form: () => PauseBody },
        audit: ({ kind, name }) => ({ target: `${kind}/${name}` }),
        answer: { status: 201, schema: 'Pause', about: 'The pause; the existing one if it was already paused.' },
        errors: ['UNKNOWN_TYPE', 'PLUGIN_NOT_FOUND'],
      },
      async ({ body, ask }) => {
        const asked = await Promise.all(pausedTypes(body.kind, body.name).map((subject) => ask(subject)));
        return host.pauses.pause({ ...body, by: asked[0]?.user ?? null } as NewPause);
      },
    ),
    route(
      {
        id: 'resume',
        method: 'delete',
        path: '/api/pauses/:kind/:name',
        group: 'Jobs',
        summary: 'Resume a type or a plugin.',
        action: 'operate',
        rightsFromBody: true,
        answer: { status: 204, about: 'Waiting jobs continue in order.' },
        errors: ['NOT_FOUND'],
      },
      async ({ param, ask }) => {
        const [kind, name] = [param('kind'), param('name')];
        await Promise.all(pausedTypes(kind, name).map((subject) => ask(subject)));
        if (kind !== 'plugin' && kind !== 'type')
          throw new JobsError(
            'NOT_FOUND',
            'Not found: only types and plugins can be paused. api/pauses lists the current pauses.',
          );
        await host.pauses.resume(kind, name);
        return undefined;
      },
    ),
  ];
}

const by = ({ user }: { user: string | undefined }) => (user === undefined ? {} : { by: user });

const again = async ({ host }: HttpDeps, job: Job): Promise<Job> => (await host.getJobStatus(job.id)) ?? job;

function locationOf(c: Context, added: Job | Job[]): Record<string, string> {
  return Array.isArray(added) ? {} : { Location: `${mountPointOf(c)}/api/jobs/${added.id}` };
}
