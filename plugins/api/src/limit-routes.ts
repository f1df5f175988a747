// Routes for limits over all processes.
import { grouped, type Route, route, type Services } from './route.ts';

const theLimit = { status: 200, schema: 'Limit', about: 'The limit.' } as const;

export function limitRoutes({ limits }: Services): Route[] {
  return grouped('Jobs', [
    route({
      id: 'listLimits',
      at: 'GET /api/limits',
      summary: 'List limits over all processes: their numbers, what is used now, and who waits.',
      action: 'view',
      answer: { status: 200, schema: 'Limits', about: 'All limits.' },
      handle: async ({ actor }) => ({ limits: await limits.list(actor) }),
    }),
    route({
      id: 'changeLimit',
      at: 'PATCH /api/limits/:name',
      summary: 'Change the numbers of a limit for every process, or open it. Changes persist until it is reset.',
      action: 'administer',
      body: { schema: 'LimitChange' },
      answer: theLimit,
      errors: ['NOT_FOUND'],
      handle: ({ name, actor, body }) => limits.change(actor, name, body),
    }),
    route({
      id: 'resetLimit',
      at: 'DELETE /api/limits/:name',
      summary: 'Forget the changed numbers of a limit: those of its plugin, its type or the configuration count again.',
      action: 'administer',
      answer: theLimit,
      errors: ['NOT_FOUND'],
      handle: ({ name, actor }) => limits.reset(actor, name),
    }),
  ]);
}
