// Routes for the system: metrics, types, nodes, the audit log, health and the OpenAPI document.
import type { Action } from '@phraseworks/sdk';
import { withTimeout } from '../kernel/clock.ts';
import type { Adding } from './adding.ts';
import { type Guard, isAllowed, isAllowedForSome } from './guard.ts';
import { mountPointOf } from './mount.ts';
import { describeApi } from './openapi.ts';
import { panelsFor } from './plugin-routes.ts';
import { LogQuery } from './requests.ts';
import { type HttpDeps, type Route, type RouteDescription, route } from './route.ts';
import type { AnswerOf } from './schemas.ts';

/** Milliseconds; together with the check of the storage less than the five seconds that probes wait. */
const VIEW_WITHIN = 1_500;

/** `all` returns all described routes, including these. */
export function systemRoutes(
  { host, pages, ready, storage, clock, logStore }: HttpDeps,
  guard: Guard,
  adding: Adding,
  all: () => readonly RouteDescription[],
): Route[] {
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
      async ({ c, actor }) => {
        const may = (action: Action): Promise<boolean> => isAllowedForSome(c, guard, action);
        const [view, add, operate, administer, panels, seesAll] = await Promise.all([
          may('view'),
          may('add'),
          may('operate'),
          may('administer'),
          panelsFor(c, guard, host),
          isAllowed(c, guard, 'view'),
        ]);
        return {
          user: actor.user ?? null,
          may: { view, add, operate, administer },
          panels,
          pages: pages().map(({ at }) => at || '/'),
          storageProblem: seesAll ? (await storage()).message : null,
        };
      },
    ),
    route(
      {
        id: 'getLog',
        method: 'get',
        path: '/api/log',
        group: 'System',
        summary: 'List the audit log: actions on jobs, schedules, plugins, pauses, newest first.',
        action: 'administer',
        query: LogQuery,
        answer: { status: 200, schema: 'Log', about: 'One page of entries, which are kept for 90 days.' },
      },
      ({ query: { limit, before } }) =>
        logStore.list({ ...(limit === undefined ? {} : { limit }), ...(before === undefined ? {} : { before }) }),
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
      () => host.getQueueMetrics(),
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
      async ({ c }) => {
        const types = host.types().map(async (one) => ({ ...one, mayAdd: await adding.may(c, one.type) }));
        return { types: await Promise.all(types) };
      },
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
      async () => ({ nodes: await host.nodes() }),
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
      ({ c }) => c.json(describeApi(all(), host.types(), mountPointOf(c))),
    ),
    route(
      {
        id: 'getHealth',
        method: 'get',
        path: '/health',
        group: 'System',
        summary: 'Does the process answer?',
        action: null,
        answer: { status: 200, schema: 'Health', about: 'It does.' },
      },
      () => ({ status: 'ok' }),
    ),
    route(
      {
        id: 'getReady',
        method: 'get',
        path: '/ready',
        group: 'System',
        summary: 'Can jobs be claimed and run? 503 if not.',
        action: null,
        answer: {
          status: 200,
          alsoStatus: 503,
          schema: 'Ready',
          about: 'Details are included only for callers who may view.',
        },
      },
      async ({ c }) => {
        const { writable, reason } = await storage();
        const isReady = ready() && writable;
        // Identifying the caller may need the database.
        const mayView = await withTimeout(clock, VIEW_WITHIN, isAllowed(c, guard, 'view')).catch(() => false);
        const answer: AnswerOf<'Ready'> = {
          ready: isReady,
          ...(isReady ? {} : { reason: reason ?? 'not_running' }),
          ...(mayView ? { info: { ...host.info(), roles: [...host.info().roles] } } : {}),
        };
        const headers = { 'Cache-Control': 'no-store', ...(isReady ? {} : { 'Retry-After': '5' }) };
        return c.json(answer, isReady ? 200 : 503, headers);
      },
    ),
  ];
}
