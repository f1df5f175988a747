// Who asks, and what this person may do: for pages that show only what can be done.
import { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';
import type { Action, Guard, Subject } from './deps.ts';
import { type Route, route } from './route.ts';

const ACTIONS: readonly Action[] = ['view', 'add', 'operate', 'administer'];

export const meRoutes = (guard: Guard): Route[] => [
  route(
    {
      id: 'getMe',
      method: 'get',
      path: '/api/me',
      group: 'System',
      summary: 'Who asks, and what this person may do.',
      action: 'view',
      limited: true,
      answer: { status: 200, schema: 'Me', about: 'The name, where `authorize` gives one, and the rights.' },
    },
    async ({ c, actor }) => {
      const may = await Promise.all(ACTIONS.map(async (action) => [action, await mayAny(c, guard, action)]));
      return c.json({ user: actor.user ?? null, may: Object.fromEntries(may) });
    },
  ),
];

/** With some jobs at least, as far as can be told without one. */
const mayAny = (c: Context, guard: Guard, action: Action): Promise<boolean> =>
  guard.limited(c, action).then(() => true, isRefusal);

/** Without a subject: a host may still refuse some jobs. Rethrows errors other than a refusal. */
export const isLetIn = (c: Context, guard: Guard, action: Action, subject?: Subject): Promise<boolean> =>
  guard(c, action, subject).then(() => true, isRefusal);

function isRefusal(error: unknown): false {
  if (error instanceof JobsError) return false;
  throw error;
}
