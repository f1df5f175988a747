// The HTTP API as one Hono app: `app.route('/jobs', createRoutes(deps))`. Everything is registered before it returns.
import { JobsError } from '@phraseworks/sdk';
import { type Context, Hono } from 'hono';
import { withTimeout } from '../kernel/clock.ts';
import type { PluginPages } from '../plugins/routes.ts';
import { Adding } from './adding.ts';
import { answerWithLimit, readForm } from './body.ts';
import { createGuard, signInRequest } from './guard.ts';
import { jobRoutes } from './job-routes.ts';
import { LIVE } from './live.ts';
import { actingFor, mountPointOf, pathOf, setMountPoint, withoutPrefix } from './mount.ts';
import { pluginRoutes } from './plugin-routes.ts';
import { answerProblem, noSuchAddress } from './problem.ts';
import { type HttpDeps, isForm, type Route, writeAudit } from './route.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { securityHeaders } from './security.ts';
import { ShownJobs } from './shown-jobs.ts';
import { systemRoutes } from './system-routes.ts';
import { credentialsOf, Gate, Turns } from './turns.ts';

/** Milliseconds; longer than a failover to another server of a cluster takes. */
const ANSWER_WITHIN = 15_000;

/** Answers to reads, and pages, which make several of them. A browser that opens many tabs may wait; nobody keeps the others waiting. */
const READS_AT_ONCE = { atOnce: 8, perCaller: 4, waiting: 500, waitingPerCaller: 100 };
const PAGES_AT_ONCE = { atOnce: 4, perCaller: 2, waiting: 200, waitingPerCaller: 50 };

const READS = new Set(['GET', 'HEAD']);
const PAGE_METHODS = new Set(['GET', 'HEAD', 'POST']);

export function createRoutes(deps: HttpDeps): Hono {
  const app = new Hono();
  const { clock } = deps;
  const guard = createGuard(deps);
  const turns = new Turns(clock);
  const reads = new Gate(turns, clock, READS_AT_ONCE);
  const pagesGate = new Gate(turns, clock, PAGES_AT_ONCE);
  const shown = new ShownJobs(guard, deps.host, turns);
  const adding = new Adding({ ...deps, guard });
  const tools = { guard, host: deps.host, log: deps.log, logStore: deps.logStore };

  app.onError((error, c) => answerProblem(c, error, deps.log));
  app.use('*', async (c, next) => {
    setMountPoint(c);
    await next();
  });
  app.use('*', securityHeaders);

  const table: Route[] = [
    ...jobRoutes(deps, shown, adding),
    ...scheduleRoutes(deps, shown, adding),
    ...pluginRoutes(deps, guard, shown),
    ...systemRoutes(deps, guard, adding, () => (deps.live ? [...table, ...LIVE] : table)),
  ];
  for (const route of table) {
    for (const path of [route.path, ...(route.alias ? [route.alias] : [])]) {
      app.on(route.method.toUpperCase(), path, (c: Context) => {
        const answer = () => route.handle(c, tools);
        if (route.method === 'get' && route.action !== null)
          return reads.run(c, credentialsOf(c), ANSWER_WITHIN, answer);
        // A form may bring a large file over a slow connection.
        return isForm(route, c) ? answer() : withTimeout(clock, ANSWER_WITHIN, answer());
      });
    }
  }
  deps.live?.(app, guard);
  if (!deps.authorize) passSignIn(app, deps);

  const dispatch = (c: Context, kind: 'routes' | 'public', request: Request, user?: string): Promise<Response> =>
    answerWithLimit(c, request, (limited) => {
      const variables = { user, base: mountPointOf(c) };
      return actingFor(c, async () => deps.dispatch(c.req.param('name') ?? '', kind, limited, variables));
    });
  app.all('/plugins/:name/public/*', (c) => dispatch(c, 'public', withoutPrefix(c, 3)));
  // For every method: a plugin's own routes are for administrators.
  app.all('/plugins/:name/*', async (c) => {
    const { user } = await guard(c, 'administer');
    const response = await dispatch(c, 'routes', withoutPrefix(c, 2), user);
    // A form is often answered with a redirect.
    if (response.status < 400 && !READS.has(c.req.method)) {
      // A page asks its own site, without the mount point.
      const { pathname } = new URL(c.req.url);
      const mounted = mountPointOf(c);
      const path = pathname.startsWith(`${mounted}/`) ? pathname.slice(mounted.length) : pathname;
      const target = `${c.req.method} ${path}`;
      await writeAudit(deps, { user: user ?? null, action: 'pluginRoute', target });
    }
    return response;
  });

  app.all('*', async (c) => {
    // On a site without pages, this tells people how to sign in.
    if (!deps.authorize) await guard.limited(c, 'view');
    const pages = pagesFor(pathOf(c), deps.pages());
    if (!pages && PAGE_METHODS.has(c.req.method) && deps.arePluginsStarting())
      throw new JobsError('UNAVAILABLE', 'No plugin has this page so far, and plugins are still starting. Try again.', {
        retryAfter: 2,
      });
    if (!pages || !PAGE_METHODS.has(c.req.method)) throw noSuchAddress();
    // The form of a page calls the API from inside, and the API checks the rights again.
    const { user, where } = await guard.limited(c, 'view');
    const asked = withoutPrefix(c, (pages.base ?? pages.at).split('/').length - 1);
    const request = c.req.method === 'POST' ? new Request(asked, { body: await readForm(c) }) : asked;
    return pagesGate.run(c, user ?? credentialsOf(c), ANSWER_WITHIN, () =>
      actingFor(c, () => pages.fetch(request, { user, base: mountPointOf(c), limited: where !== undefined })),
    );
  });
  return app;
}

/** The addresses of the service that signs in, while there is one. */
function passSignIn(app: Hono, { signIn, origins, pages }: HttpDeps): void {
  app.on(['GET', 'POST'], ['/sign-in', '/sign-out'], async (c, next) => {
    const service = signIn();
    if (!service) return next();
    const { isForeign } = signInRequest(c, origins);
    const hasPages = pages().some(({ at }) => at === '');
    return answerWithLimit(c, withoutPrefix(c, 0), async (request) =>
      service.answer({ request, isForeign, next: hasPages ? pagesFromHere(c) : 'api/openapi.json' }),
    );
  });
}

/** The mount point, relative to an address below it: a proxy may show it elsewhere. */
function pagesFromHere(c: Context): string {
  const mount = mountPointOf(c).split('/').at(-1);
  return mount ? `../${mount}` : './';
}

/** The longest path wins. Pages at the mount point never receive requests for the API. */
function pagesFor(path: string, all: readonly PluginPages[]): PluginPages | undefined {
  const pages = all.findLast(({ at }) => `${path}/`.startsWith(`${at}/`));
  return pages?.at === '' && `${path}/`.startsWith('/api/') ? undefined : pages;
}
