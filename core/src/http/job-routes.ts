// The addresses of jobs.
import { type Job, JobsError, type NewJob } from '@phraseworks/sdk';
import type { Context } from 'hono';
import type { BulkLimits, BulkRequest, JobFilter } from '../host.ts';
import { breath } from '../kernel/clock.ts';
import { BULK_STATES, filterText } from '../queue/bulk.ts';
import type { Adding } from './adding.ts';
import type { Actor, Guard, HttpDeps } from './deps.ts';
import { addFromForm } from './job-form.ts';
import { baseOf } from './mount.ts';
import { type AddInput, addForm, BulkBody, ListQuery, ProgressBody, RetryBody } from './requests.ts';
import { jobRoute, type Route, route } from './route.ts';
import type { ShownJobs } from './shown-jobs.ts';
import { sightOf } from './sight.ts';

/** Jobs that a bulk action of somebody with rights per job takes at once: their ids are stored with it. */
const MOST_NAMED = 5_000;

const theJob = { status: 200, schema: 'Job', about: 'The job.' } as const;

export function jobRoutes(deps: HttpDeps, guard: Guard, shown: ShownJobs, adding: Adding): Route[] {
  const { host } = deps;

  /** It runs without the request, so what `authorize` says is found out now: a filter, or the jobs one by one. */
  const limitsOf = async (c: Context, { action, filter }: BulkRequest, actor: Actor): Promise<BulkLimits> => {
    const starts = action === 'retry' || action === 'run';
    const without = starts ? await adding.closedTypes(c, host.types()) : [];
    const limits: BulkLimits = without.length > 0 ? { without } : {};
    if (actor.where) return { ...limits, where: actor.where };
    const sight = sightOf(c, guard, 'operate', actor);
    if (!sight) return limits;
    const only: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const asked = { status: BULK_STATES[action], ...filter, limit: 200, brief: true, ...(cursor ? { cursor } : {}) };
      const page = await host.listJobs(asked, sight);
      only.push(...page.jobs.map(({ id }) => id));
      if (page.nextCursor === null || only.length >= MOST_NAMED) return { ...limits, only: only.slice(0, MOST_NAMED) };
      cursor = page.nextCursor;
      await breath(deps.clock);
    }
  };

  return [
    route(
      {
        id: 'addJobs',
        method: 'post',
        path: '/api/jobs',
        group: 'Jobs',
        summary: 'Add a job, or a list of jobs: all of them or none. As a form, a job may bring files.',
        action: 'add',
        later: true,
        body: { name: 'NewJobs', form: addForm },
        files: true,
        answer: { status: 201, schema: 'AddedJobs', about: 'The job, or the list of jobs, as they are stored.' },
        errors: ['UNKNOWN_TYPE', 'IDEMPOTENCY_CONFLICT', 'VETOED', 'QUEUE_FULL'],
      },
      async ({ c, body, sure }) => {
        const admit = (job: NewJob) => adding.check(c, [job], () => 'type');
        const addOne = async (job: NewJob, uploads: readonly string[] = []): Promise<Job> => {
          await adding.check(c, [job], () => 'type', uploads);
          return deps.host.addJob(job);
        };
        const addAll = async (jobs: NewJob[]): Promise<Job[]> => {
          await adding.check(c, jobs, (i) => `[${i}].type`);
          return deps.host.addJobs(jobs);
        };
        const add = (input: AddInput) => (Array.isArray(input) ? addAll(input as NewJob[]) : addOne(input as NewJob));
        const added = body === undefined ? await addFromForm(c, deps, { admit, add: addOne, sure }) : await add(body);
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
        summary: 'List jobs, newest first.',
        action: 'view',
        limited: true,
        query: ListQuery,
        answer: { status: 200, schema: 'JobPage', about: 'One page of jobs.' },
      },
      async ({ c, actor, query }) => c.json(await shown.list(c, actor, query as JobFilter)),
    ),
    route(
      {
        id: 'bulk',
        method: 'post',
        path: '/api/jobs/bulk',
        group: 'Jobs',
        summary: 'Retry, cancel, run or delete all jobs that match a filter, as a job that can be followed.',
        action: 'operate',
        limited: true,
        body: { name: 'Bulk', form: () => BulkBody },
        deed: (body) => ({ target: body.action, detail: filterText(body.filter as BulkRequest['filter']) }),
        answer: { status: 202, schema: 'Job', about: 'The job that does it.' },
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
      async (job, { c }) => c.json(await shown.one(c, job)),
    ),
    jobRoute(
      {
        id: 'getJobHistory',
        method: 'get',
        path: '/api/jobs/:id/history',
        group: 'Jobs',
        summary: 'What happened to a job, oldest first, and its attempts.',
        action: 'view',
        answer: { status: 200, schema: 'History', about: 'Events and attempts.' },
      },
      async (job, { c }) => {
        const [events, attempts] = await Promise.all([host.getJobHistory(job.id), host.getJobAttempts(job.id)]);
        return c.json(await shown.about(c, job, { events, attempts }));
      },
    ),
    jobRoute(
      {
        id: 'getJobLogs',
        method: 'get',
        path: '/api/jobs/:id/logs',
        group: 'Jobs',
        summary: 'What the processor wrote.',
        action: 'view',
        answer: { status: 200, schema: 'Logs', about: 'The lines, oldest first.' },
      },
      async (job, { c }) => c.json(await shown.about(c, job, { logs: await host.getJobLogs(job.id) })),
    ),
    jobRoute(
      {
        id: 'getJobReceipts',
        method: 'get',
        path: '/api/jobs/:id/receipts',
        group: 'Jobs',
        summary: 'What a job has done that is not to be done twice.',
        action: 'view',
        answer: {
          status: 200,
          schema: 'Receipts',
          about: 'The receipts, in the order of their keys, without answers.',
        },
      },
      async ({ id }, { c }) => c.json({ receipts: await host.getJobReceipts(id) }),
    ),
    jobRoute(
      {
        id: 'why',
        method: 'get',
        path: '/api/jobs/:id/why',
        group: 'Jobs',
        summary: 'Why a job is not running.',
        action: 'view',
        answer: { status: 200, schema: 'Why', about: 'The reason in one line.' },
      },
      async ({ id, status }, { c }) =>
        c.json((await host.why(id)) ?? { jobId: id, status, why: 'It was removed just now.' }),
    ),
    jobRoute(
      {
        id: 'cancelJob',
        method: 'post',
        path: '/api/jobs/:id/cancel',
        group: 'Jobs',
        summary: 'Cancel a job that waits, is parked or runs.',
        action: 'operate',
        answer: theJob,
        errors: ['NOT_CANCELLABLE'],
      },
      async (job, { c, actor }) => {
        if (!(await host.cancelJob(job.id, by(actor)))) {
          throw new JobsError('NOT_CANCELLABLE', 'The job is over: it can be retried, not cancelled.');
        }
        return c.json(await again(deps, job));
      },
    ),
    jobRoute(
      {
        id: 'retryJob',
        method: 'post',
        path: '/api/jobs/:id/retry',
        group: 'Jobs',
        summary: 'Put a finished job back, with its own data or with other data.',
        action: 'operate',
        body: { name: 'Retry', form: () => RetryBody, optional: true },
        answer: theJob,
        errors: ['INVALID_STATE'],
      },
      async (job, { c, body, actor }) => {
        const data = body && 'data' in body && body.data !== undefined ? { data: body.data } : {};
        await adding.checkAgain(c, job, data);
        return c.json(await host.retryJob(job.id, { ...data, ...by(actor) }));
      },
    ),
    jobRoute(
      {
        id: 'runJob',
        method: 'post',
        path: '/api/jobs/:id/run',
        group: 'Jobs',
        summary: 'Run a delayed or held job now.',
        action: 'operate',
        answer: theJob,
        errors: ['INVALID_STATE'],
      },
      async (job, { c, actor }) => {
        await adding.checkAgain(c, job, {});
        return c.json(await host.runJob(job.id, by(actor)));
      },
    ),
    jobRoute(
      {
        id: 'updateJobProgress',
        method: 'post',
        path: '/api/jobs/:id/progress',
        group: 'Jobs',
        summary: 'Say how far a running job is.',
        action: 'operate',
        body: { name: 'Progress', form: () => ProgressBody },
        deed: null,
        answer: theJob,
        errors: ['INVALID_STATE'],
      },
      async (job, { c, body }) => {
        await host.updateJobProgress(job.id, body as Parameters<typeof host.updateJobProgress>[1]);
        return c.json(await again(deps, job));
      },
    ),
  ];
}

const by = ({ user }: { user: string | undefined }) => (user === undefined ? {} : { by: user });

const again = async ({ host }: HttpDeps, job: Job): Promise<Job> => (await host.getJobStatus(job.id)) ?? job;

function locationOf(c: Context, added: Job | Job[]): Record<string, string> {
  return Array.isArray(added) ? {} : { Location: `${baseOf(c)}/api/jobs/${added.id}` };
}
