// Routes for the system: metrics, types, nodes, the audit log and the OpenAPI document.
import { LogQuery } from '@phraseworks/sdk/contract';
import { describeApi } from './openapi.ts';
import { type Described, grouped, type Route, route, type Services } from './route.ts';

/** `all` returns all described routes, including these. */
export function systemRoutes({ types, plugins, nodes, audit }: Services, all: () => readonly Described[]): Route[] {
  return grouped('System', [
    route({
      id: 'getMe',
      at: 'GET /api/me',
      summary: 'Get the name and permissions of the caller, and what every page for them shows.',
      action: 'view',
      limited: true,
      answer: {
        status: 200,
        schema: 'Me',
        about: 'The name, if `authorize` returned one, the permissions, and the pages of plugins.',
      },
      handle: async ({ actor }) => {
        const [view, add, operate, administer, panels, pages, { info }] = await Promise.all([
          actor.may('view', 'some'),
          actor.may('add', 'some'),
          actor.may('operate', 'some'),
          actor.may('administer', 'some'),
          plugins.panels(actor),
          plugins.pages(actor),
          nodes.readiness(actor),
        ]);
        return {
          user: actor.user ?? null,
          may: { view, add, operate, administer },
          panels,
          pages,
          storageProblem: info?.storage.message ?? null,
        };
      },
    }),
    route({
      id: 'getLog',
      at: 'GET /api/log',
      summary: 'List the audit log: actions on jobs, schedules, plugins and pauses, newest first.',
      action: 'administer',
      query: LogQuery,
      answer: { status: 200, schema: 'Log', about: 'One page of entries, which are kept for 90 days.' },
      handle: ({ actor, query }) => audit.list(actor, query),
    }),
    route({
      id: 'getQueueMetrics',
      at: 'GET /api/metrics',
      summary: 'Count jobs by state, and get how long they take.',
      action: 'view',
      answer: { status: 200, schema: 'Metrics', about: 'The metrics, in total and by type.' },
      handle: ({ actor }) => nodes.metrics(actor),
    }),
    route({
      id: 'listTypes',
      at: 'GET /api/types',
      summary: 'List job types with the schemas of their data.',
      action: 'view',
      limited: true,
      answer: { status: 200, schema: 'Types', about: 'All known types.' },
      handle: async ({ actor }) => ({ types: await types.list(actor) }),
    }),
    route({
      id: 'listNodes',
      at: 'GET /api/nodes',
      summary: 'List the processes that use the database.',
      action: 'view',
      limited: true,
      answer: { status: 200, schema: 'Nodes', about: 'The processes, oldest first.' },
      handle: async ({ actor }) => ({ nodes: await nodes.list(actor) }),
    }),
    route({
      id: 'getOpenApi',
      at: 'GET /api/openapi.json',
      summary: 'Get the OpenAPI 3.1 document of this API.',
      action: 'view',
      limited: true,
      answer: { status: 200, type: 'application/json', about: 'The description.' },
      handle: async ({ c, actor }) => c.json(describeApi(all(), await types.list(actor), c.var.base)),
    }),
  ]);
}
