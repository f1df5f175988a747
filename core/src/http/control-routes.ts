// The addresses by which an operator looks closer at a job, and removes it.
import type { Guard, HttpDeps } from './deps.ts';
import { FailuresQuery } from './requests.ts';
import { jobRoute, type Route, route } from './route.ts';
import type { ShownJobs } from './shown-jobs.ts';
import { sightOf } from './sight.ts';

export function controlRoutes({ host }: HttpDeps, guard: Guard, shown: ShownJobs): Route[] {
  return [
    route(
      {
        id: 'getFailures',
        method: 'get',
        path: '/api/failures',
        group: 'Jobs',
        summary: 'Sum up failed jobs by type and cause.',
        action: 'view',
        limited: true,
        query: FailuresQuery,
        answer: { status: 200, schema: 'Failures', about: 'The most frequent first.' },
      },
      async ({ c, actor, query: { from = 0 } }) =>
        c.json(await host.failures({ from }, sightOf(c, guard, 'view', actor) ?? undefined)),
    ),
    jobRoute(
      {
        id: 'deleteJob',
        method: 'delete',
        path: '/api/jobs/:id',
        group: 'Jobs',
        summary: 'Remove a job that does not run, with its files, log and history.',
        action: 'operate',
        answer: { status: 204, about: 'It is gone.' },
        errors: ['INVALID_STATE'],
      },
      async ({ id }, { c }) => {
        await host.deleteJob(id);
        return c.body(null, 204);
      },
    ),
    jobRoute(
      {
        id: 'getJobView',
        method: 'get',
        path: '/api/jobs/:id/view',
        group: 'Jobs',
        summary: 'What the plugin that owns its type shows for a job.',
        action: 'view',
        answer: { status: 200, schema: 'JobView', about: 'The blocks; none where the type shows nothing.' },
      },
      async (job, { c }) => c.json(await shown.about(c, job, await host.jobView(job.id))),
    ),
  ];
}
