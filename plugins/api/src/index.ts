// The HTTP API: its table of routes, each of which asks a service of the core for the caller of the request.
import {
  AuditLog,
  definePlugin,
  JobReader,
  Jobs,
  JobsError,
  type NewJob,
  Nodes,
  Pauses,
  Plugins,
  Schedules,
  Types,
} from '@phraseworks/sdk';
import { parseJson } from './body.ts';
import { NewJob as NewJobSchema } from './contract/requests.ts';
import { jobRoutes } from './job-routes.ts';
import { OF_THE_CORE } from './of-the-core.ts';
import { pluginRoutes } from './plugin-routes.ts';
import { checked, type Route } from './route.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { systemRoutes } from './system-routes.ts';

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    api: undefined;
  }
}

export default definePlugin({
  name: 'api',
  title: 'HTTP API',
  description: 'Jobs, schedules, plugins and the audit log over HTTP, with an OpenAPI description.',
  sdk: '^0.1.0',
  alwaysOn: true,
  // As a list, so that routes have their whole path.
  guardedAt: ['/api'],
  needs: {
    jobs: Jobs,
    types: Types,
    schedules: Schedules,
    pauses: Pauses,
    plugins: Plugins,
    nodes: Nodes,
    audit: AuditLog,
  },
  provides: [JobReader],
  init(ctx) {
    const table: Route[] = [
      ...jobRoutes(ctx.needs),
      ...scheduleRoutes(ctx.needs),
      ...pluginRoutes(ctx.needs),
      ...systemRoutes(ctx.needs, () => [...table, ...OF_THE_CORE]),
    ];
    for (const { method, path, alias, handle } of table)
      for (const at of alias ? [path, alias] : [path])
        ctx.guarded.on(method.toUpperCase(), at, (c) => handle(c, ctx.authorize));
    ctx.guarded.notFound(() => {
      throw new JobsError('NOT_FOUND', 'Address not found. api/openapi.json lists the available routes.');
    });
    ctx.provide(JobReader, { read: async (json) => (await checked(NewJobSchema, parseJson(json))) as NewJob });
  },
});
