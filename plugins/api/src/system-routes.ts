// Routes for the system: metrics, types, nodes, the audit log and the OpenAPI document.
import { LogQuery } from './contract/requests.ts';
import { describeApi } from './openapi.ts';
import { type Described, type Route, route, type Services } from './route.ts';

/** `all` returns all described routes, including these. */
export function systemRoutes({ types, plugins, nodes, audit }: Services, all: () => readonly Described[]): Route[] {
  return [
    route(
      {
        id: 'getMe',
        method: 'get',
        path: '/api/me',
        group: 'System',
        summary: 'Get the name and permissions of the caller, and what every page for them shows.',
        action: 'view',
        limited: true,
        answer: {
          status: 200,
          schema: 'Me',
          about: 'The name, if `authorize` returned one, the permissions, and the pages of plugins.',
        },
      },
      async ({ actor }) => {
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
    ),
    route(
      {
        id: 'getLog',
        method: 'get',
        path: '/api/log',
        group: 'System',
        summary: 'List the audit log: actions on jobs, schedules, plugins and pauses, newest first.',
        action: 'administer',
        query: LogQuery,
        answer: { status: 200, schema: 'Log', about: 'One page of entries, which are kept for 90 days.' },
      },
      ({ actor, query: { limit, before } }) =>
        audit.list(actor, { ...(limit === undefined ? {} : { limit }), ...(before === undefined ? {} : { before }) }),
    ),
    route(
      {
        id: 'getQueueMetrics',
        method: 'get',
        path: '/api/metrics',
        group: 'System',
        summary: 'Count jobs by state, and get how long they take.',
        action: 'view',
        answer: { status: 200, schema: 'Metrics', about: 'The metrics, in total and by type.' },
      },
      ({ actor }) => nodes.metrics(actor),
    ),
    route(
      {
        id: 'listTypes',
        method: 'get',
        path: '/api/types',
        group: 'System',
        summary: 'List job types with the schemas of their data.',
        action: 'view',
        limited: true,
        answer: { status: 200, schema: 'Types', about: 'All known types.' },
      },
      async ({ actor }) => ({ types: await types.list(actor) }),
    ),
    route(
      {
        id: 'listNodes',
        method: 'get',
        path: '/api/nodes',
        group: 'System',
        summary: 'List the processes that use the database.',
        action: 'view',
        limited: true,
        answer: { status: 200, schema: 'Nodes', about: 'The processes, oldest first.' },
      },
      async ({ actor }) => ({ nodes: await nodes.list(actor) }),
    ),
    route(
      {
        id: 'getOpenApi',
        method: 'get',
        path: '/api/openapi.json',
        group: 'System',
        summary: 'Get the OpenAPI 3.1 document of this API.',
        action: 'view',
        limited: true,
        answer: { status: 200, type: 'application/json', about: 'The description.' },
      },
      async ({ c, actor }) => c.json(describeApi(all(), await types.list(actor), c.var.base)),
    ),
  ];
}
