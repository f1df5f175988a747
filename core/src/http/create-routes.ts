// The HTTP API as one Hono app: `app.route('/jobs', createRoutes(deps))`. Everything is registered before it returns.

import type { Context } from 'hono';
import { Hono } from 'hono';
import { within } from '../kernel/within.ts';
import { Adding } from './adding.ts';
import { answerWithLimit, readForm } from './body.ts';
import { controlRoutes } from './control-routes.ts';
import { noteDeed } from './deed.ts';
import type { HttpDeps, PluginPages } from './deps.ts';
import { createGuard } from './guard.ts';
import { jobRoutes } from './job-routes.ts';
import { LIVE } from './live-described.ts';
import { logRoutes } from './log-routes.ts';
import { meRoutes } from './me-routes.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { answeringFor, baseOf, below, noteBase } from './mount.ts';
import { pauseRoutes } from './pause-routes.ts';
import { pluginRoutes } from './plugin-routes.ts';
import { answerProblem, nothingHere } from './problem.ts';
import { isForm, type Route } from './route.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { securityHeaders } from './security-headers.ts';
import { ShownJobs } from './shown-jobs.ts';
import { mountSignIn } from './sign-in.ts';
import { systemRoutes } from './system-routes.ts';

/** Longer than the change to another server of a cluster takes, in milliseconds. */
const ANSWER_WITHIN = 15_000;

const READS = new Set(['GET', 'HEAD']);
const PAGE_METHODS = new Set(['GET', 'HEAD', 'POST']);

export function createRoutes(deps: HttpDeps): Hono {
  const app = new Hono();
  const guard = createGuard(deps);
  const shown = new ShownJobs(guard, deps.host);
  const adding = new Adding({ guard, typeOf: deps.typeOf });
  const tools = { guard, host: deps.host, log: deps.log, logStore: deps.logStore };

  app.onError((error, c) => answerProblem(c, error, deps.log));
  app.use('*', async (c, next) => {
    noteBase(c);
    await next();
  });
  app.use('*', securityHeaders);

  const table: Route[] = [
    ...jobRoutes(deps, guard, shown, adding),
    ...controlRoutes(deps, guard, shown),
    ...pauseRoutes(deps),
    ...scheduleRoutes(deps, guard, shown, adding),
    ...pluginRoutes(deps, guard, shown),
    ...meRoutes(guard),
    ...logRoutes(deps),
    ...metricsRoutes(deps),
    ...systemRoutes(deps, guard, adding, () => (deps.live ? [...table, ...LIVE] : table)),
  ];
  for (const route of table) {
    for (const path of [route.path, ...(route.alias ? [route.alias] : [])]) {
      // A form may bring a large file over a slow line.
      app.on(route.method.toUpperCase(), path, (c: Context) =>
        isForm(route, c) ? route.handle(c, tools) : within(deps.clock, ANSWER_WITHIN, route.handle(c, tools)),
      );
    }
  }
  deps.live?.(app, guard);
  if (!deps.authorize) mountSignIn(app, deps.signIn, () => deps.pages().some(({ at }) => at === ''));

  const dispatch = (c: Context, kind: 'routes' | 'public', request: Request, user?: string): Promise<Response> =>
    answerWithLimit(c, request, (limited) => {
      const variables = { user, base: baseOf(c) };
      return answeringFor(c, async () => deps.dispatch(c.req.param('name') ?? '', kind, limited, variables));
    });
  app.all('/plugins/:name/public/*', (c) => dispatch(c, 'public', below(c, 3)));
  // Whatever the method: a plugin's own routes are for administrators.
  app.all('/plugins/:name/*', async (c) => {
    const { user } = await guard(c, 'administer', { plugin: c.req.param('name') });
    const response = await dispatch(c, 'routes', below(c, 2), user);
    // A form is often answered by sending the browser on.
    if (response.status < 400 && !READS.has(c.req.method)) {
      const target = `${c.req.method} ${new URL(c.req.url).pathname.slice(baseOf(c).length)}`;
      await noteDeed(deps, { user: user ?? null, action: 'pluginRoute', target });
    }
    return response;
  });

  app.all('*', async (c) => {
    // People who open a site without pages learn here how to sign in.
    if (!deps.authorize) await guard(c, 'view');
    const pages = pagesFor(new URL(below(c, 0).url).pathname, deps.pages());
    if (!pages || !PAGE_METHODS.has(c.req.method)) throw nothingHere();
    // A page's form grants nothing by itself: it calls the API from inside, which checks again.
    const { user, where } = await guard.limited(c, 'view');
    const asked = below(c, pages.at.split('/').length - 1);
    const request = c.req.method === 'POST' ? new Request(asked, { body: await readForm(c) }) : asked;
    return answeringFor(c, () => pages.fetch(request, { user, base: baseOf(c), limited: where !== undefined }));
  });
  return app;
}

/** The longest place wins. Pages at the mount point never answer for the API. */
function pagesFor(path: string, all: readonly PluginPages[]): PluginPages | undefined {
  const pages = all.findLast(({ at }) => `${path}/`.startsWith(`${at}/`));
  return pages?.at === '' && `${path}/`.startsWith('/api/') ? undefined : pages;
}
