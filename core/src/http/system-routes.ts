// The addresses of the system itself: metrics, types, health, and the description of all of them.
import { within } from '../kernel/within.ts';
import type { Adding } from './adding.ts';
import type { Guard, HttpDeps } from './deps.ts';
import { isLetIn } from './me-routes.ts';
import { baseOf } from './mount.ts';
import { describeApi } from './openapi.ts';
import { type Described, type Route, route } from './route.ts';

/** Milliseconds; together with the look at the storage less than the five seconds that probes wait. */
const VIEW_WITHIN = 1_500;

/** `all` answers everything that is described, these routes included. */
export function systemRoutes(
  { host, ready, storage, clock }: HttpDeps,
  guard: Guard,
  adding: Adding,
  all: () => readonly Described[],
): Route[] {
  return [
    route(
      {
        id: 'getQueueMetrics',
        method: 'get',
        path: '/api/metrics',
        group: 'System',
        summary: 'How many jobs are in which state, and how long they take.',
        action: 'view',
        answer: { status: 200, schema: 'Metrics', about: 'The metrics, in all and by type.' },
      },
      async ({ c }) => c.json(await host.getQueueMetrics()),
    ),
    route(
      {
        id: 'listTypes',
        method: 'get',
        path: '/api/types',
        group: 'System',
        summary: 'List the types of jobs, each with the schema of its data.',
        action: 'view',
        limited: true,
        answer: { status: 200, schema: 'Types', about: 'All known types.' },
      },
      async ({ c }) => {
        const types = host.types().map(async (one) => ({ ...one, mayAdd: await adding.may(c, one.type) }));
        return c.json({ types: await Promise.all(types) });
      },
    ),
    route(
      {
        id: 'listNodes',
        method: 'get',
        path: '/api/nodes',
        group: 'System',
        summary: 'List the processes that work on the database, each with what it does.',
        action: 'view',
        limited: true,
        answer: { status: 200, schema: 'Nodes', about: 'Those that have signed on, the oldest first.' },
      },
      async ({ c }) => c.json({ nodes: await host.nodes() }),
    ),
    route(
      {
        id: 'getOpenApi',
        method: 'get',
        path: '/api/openapi.json',
        group: 'System',
        summary: 'This API, described in OpenAPI 3.1.',
        action: 'view',
        limited: true,
        answer: { status: 200, type: 'application/json', about: 'The description.' },
      },
      ({ c }) => c.json(describeApi(all(), host.types(), baseOf(c))),
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
      ({ c }) => c.json({ status: 'ok' }),
    ),
    route(
      {
        id: 'getReady',
        method: 'get',
        path: '/ready',
        group: 'System',
        summary: 'Can jobs be taken and run? With 503 they cannot.',
        action: null,
        answer: { status: 200, alsoStatus: 503, schema: 'Ready', about: 'The details are for those who may view.' },
      },
      async ({ c }) => {
        const { writable, reason } = await storage();
        const isReady = ready() && writable;
        // Who asks may be known by a look at the database.
        const mayView = await within(clock, VIEW_WITHIN, isLetIn(c, guard, 'view')).catch(() => false);
        return c.json(
          {
            ready: isReady,
            ...(isReady ? {} : { reason: reason ?? 'not_running' }),
            ...(mayView ? { info: host.info() } : {}),
          },
          isReady ? 200 : 503,
          { 'Cache-Control': 'no-store', ...(isReady ? {} : { 'Retry-After': '5' }) },
        );
      },
    ),
  ];
}
