// The HTTP API: its table of routes, each of which asks a service of the core for the caller of the request.
import {
  AuditLog,
  Batches,
  BulkActions,
  definePlugin,
  Jobs,
  JobsError,
  Limits,
  Nodes,
  optional,
  Pauses,
  Plugins,
  Schedules,
  SignalLinks,
  SignalPages,
  Types,
  Uploads,
} from '@phraseworks/sdk';
import { batchRoutes } from './batch-routes.ts';
import { createBulkActions } from './bulk.ts';
import { jobRoutes } from './job-routes.ts';
import { limitRoutes } from './limit-routes.ts';
import { OF_THE_CORE } from './of-the-core.ts';
import { pluginRoutes } from './plugin-routes.ts';
import { partsOf, type Route } from './route.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { answerLink } from './signal-pages.ts';
import { systemRoutes } from './system-routes.ts';

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    api: undefined;
  }
}

export default definePlugin({
  name: 'api',
  title: 'HTTP API',
  description: 'Jobs, schedules, plugins and the audit log over HTTP, with an OpenAPI description; and bulk actions.',
  sdk: '^0.1.0',
  alwaysOn: true,
  // As a list, so that routes have their whole path.
  guardedAt: ['/api'],
  formsAt: '/api/jobs',
  needs: {
    jobs: Jobs,
    types: Types,
    schedules: Schedules,
    pauses: Pauses,
    limits: Limits,
    batches: Batches,
    plugins: Plugins,
    nodes: Nodes,
    audit: AuditLog,
    uploads: optional(Uploads),
    links: SignalLinks,
  },
  provides: [BulkActions, SignalPages],
  init(ctx) {
    const bulk = createBulkActions(ctx);
    ctx.provide(BulkActions, bulk);
    ctx.provide(SignalPages, { answer: (request) => answerLink(request, ctx.needs.links) });
    const table: Route[] = [
      ...jobRoutes(ctx.needs, bulk, ctx.clock),
      ...batchRoutes(ctx.needs),
      ...limitRoutes(ctx.needs),
      ...scheduleRoutes(ctx.needs),
      ...pluginRoutes(ctx.needs),
      ...systemRoutes(ctx.needs, () => [...table, ...OF_THE_CORE]),
    ];
    for (const route of table) {
      const [method, path] = partsOf(route);
      const paths = route.alias ? [path, route.alias] : [path];
      ctx.guarded.on(method, paths, (c) => route.handle(c, ctx.authorize));
    }
    ctx.guarded.notFound(() => {
      throw new JobsError('NOT_FOUND', 'Address not found. api/openapi.json lists the available routes.');
    });
  },
});
