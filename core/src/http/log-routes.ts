// The address of the log of who did what.
import type { HttpDeps } from './deps.ts';
import { LogQuery } from './requests.ts';
import { type Route, route } from './route.ts';

export const logRoutes = ({ logStore }: HttpDeps): Route[] => [
  route(
    {
      id: 'getLog',
      method: 'get',
      path: '/api/log',
      group: 'System',
      summary: 'Who did what: actions on jobs, schedules, plugins, types and lanes, the newest first.',
      action: 'administer',
      query: LogQuery,
      answer: { status: 200, schema: 'Log', about: 'One page of entries; those of 90 days are kept.' },
    },
    async ({ c, query: { limit, before } }) =>
      c.json(
        await logStore.list({
          ...(limit === undefined ? {} : { limit }),
          ...(before === undefined ? {} : { before }),
        }),
      ),
  ),
];
