// The HTTP API as one Hono app: `app.route('/jobs', createRoutes(deps))`. Everything is registered before it returns.
import { type Actor, JobsError, type Logger, type SignalPages } from '@phraseworks/sdk';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Access } from '../access/access.ts';
import type { Caller } from '../access/actor.ts';
import { withTimeout, yieldToEventLoop } from '../kernel/clock.ts';
import { isOurs } from '../kernel/errors.ts';
import type { PluginPlace, PluginRoutes } from '../plugins/routes.ts';
import { credentialsOf, Gate } from './gate.ts';
import { createGuard, type GuardDeps, refuseForeignWrite, signInRequest } from './guard.ts';
import { type Live, type LiveDeps, mountLive } from './live.ts';
import { actingFor, mountPointOf, pathOf, setMountPoint, withoutPrefix } from './mount.ts';
import { answerProblem, noSuchAddress } from './problem.ts';
import { securityHeaders } from './security.ts';

/** Milliseconds; longer than a failover to another server of a cluster takes. */
const ANSWER_WITHIN = 15_000;

/** Answers to reads, and pages, which make several of them. A browser that opens many tabs may wait; it does not hold up other callers. */
const READS_AT_ONCE = { atOnce: 8, perCaller: 4, waiting: 500, waitingPerCaller: 100 };
const PAGES_AT_ONCE = { atOnce: 4, perCaller: 2, waiting: 200, waitingPerCaller: 50 };

const READS = new Set(['GET', 'HEAD']);
const PAGE_METHODS = new Set(['GET', 'HEAD', 'POST']);

/** What HTTP needs. */
interface HttpDeps extends GuardDeps, Omit<LiveDeps, 'guard'> {
  access: Pick<Access, 'nodes' | 'audit' | 'turns'>;
  /** The apps of running plugins. */
  apps: PluginRoutes;
  /** The service that shows the pages of links. */
  signalPages(): SignalPages | undefined;
}

export function createRoutes(deps: HttpDeps): { app: Hono; live: Live } {
  const app = new Hono();
  const { clock, log } = deps;
  const { nodes, audit, turns } = deps.access;
  const guard = createGuard(deps);
  const reads = new Gate({ turns, clock, limits: READS_AT_ONCE });
  const pagesGate = new Gate({ turns, clock, limits: PAGES_AT_ONCE });

  app.onError((error, c) => answerProblem(c, error, log));
  app.use('*', setMountPoint, securityHeaders);

  app.get('/health', (c) => c.json({ status: 'ok' }));
  app.get('/ready', async (c) => {
    const readiness = await withTimeout(clock, ANSWER_WITHIN, nodes.readiness(guard(c)));
    const headers = { 'Cache-Control': 'no-store', ...(readiness.ready ? {} : { 'Retry-After': '5' }) };
    return c.json(readiness, readiness.ready ? 200 : 503, headers);
  });
  app.on(['GET', 'POST'], '/signals/*', async (c, next) => {
    const pages = deps.signalPages();
    return pages ? answerWithLimit(c, async () => pages.answer(withoutPrefix(c, 0))) : next();
  });
  const live = mountLive(app, { ...deps, guard });
  if (!deps.authorize) passSignIn(app, deps);

  const dispatch = (c: Context, kind: 'routes' | 'public', depth: number, actor: Actor): Promise<Response> =>
    answerWithLimit(c, () => {
      const variables = { user: actor.user, actor, base: mountPointOf(c) };
      const request = withoutPrefix(c, depth);
      return actingFor(c, async () => deps.apps.dispatch(c.req.param('name') ?? '', kind, request, variables));
    });
  app.all('/plugins/:name/public/*', (c) => dispatch(c, 'public', 3, guard(c)));

  const answerGuarded = async (c: Context, { plugin, base, formsAt, fetch }: PluginPlace): Promise<Response> => {
    const reading = READS.has(c.req.method);
    // Many requests that arrive at once are taken up one by one, with other work of the site in between.
    if (reading) await yieldToEventLoop(clock);
    // Before the plugin runs: it may do something before it asks for a right.
    refuseForeignWrite(c, deps.origins);
    refuseUsedBody(c);
    const actor = guard(c);
    const variables = { user: undefined, actor, base: mountPointOf(c) };
    const pass = () =>
      guarded(actor, { plugin, c, log }, () =>
        actingFor(c, () => fetch(withoutPrefix(c, base.split('/').length - 1), variables)),
      );
    // It may bring a large file over a slow connection: the route limits both.
    if (pathOf(c) === formsAt && isForm(c)) return pass();
    const answer = () => answerWithLimit(c, pass);
    // Callers who may not view get no answer that takes long, and must not take the place of others.
    if (reading && (await actor.may('view', 'some')))
      return reads.run(c, actor.user ?? credentialsOf(c), ANSWER_WITHIN, answer);
    return withTimeout(clock, ANSWER_WITHIN, answer());
  };
  app.use('/plugins/:name/guarded/*', async (c, next) => {
    const place = placeFor(pathOf(c), deps.apps.places('guarded'));
    return place ? answerGuarded(c, place) : next();
  });
  // For every method: a plugin's own routes are for administrators.
  app.all('/plugins/:name/*', async (c) => {
    const actor = guard(c);
    await actor.require('administer');
    const response = await dispatch(c, 'routes', 2, actor);
    // A form is often answered with a redirect.
    if (response.status < 400 && !READS.has(c.req.method)) {
      // A page asks its own site, without the mount point.
      const { pathname } = new URL(c.req.url);
      const mounted = mountPointOf(c);
      const path = pathname.startsWith(`${mounted}/`) ? pathname.slice(mounted.length) : pathname;
      await audit.add(actor, { action: 'pluginRoute', target: `${c.req.method} ${path}` });
    }
    return response;
  });

  app.all('*', async (c) => {
    const place = placeFor(pathOf(c), deps.apps.places('guarded'));
    const pages = pagesFor(pathOf(c), deps.apps.places('pages'));
    if (place && place.at.length >= (pages?.at.length ?? 0)) return answerGuarded(c, place);
    const actor = guard(c);
    // On a site without pages, this tells people how to sign in.
    if (!deps.authorize) await actor.require('view', 'some');
    if (!pages && PAGE_METHODS.has(c.req.method) && deps.arePluginsStarting())
      throw new JobsError('UNAVAILABLE', 'No plugin has this page so far, and plugins are still starting. Try again.', {
        retryAfter: 2,
      });
    if (!pages || !PAGE_METHODS.has(c.req.method)) throw noSuchAddress();
    // The form of a page calls the API from inside, and the API checks the rights again.
    const { user, where } = await actor.require('view', 'some');
    const variables = { user, actor, base: mountPointOf(c), limited: where !== undefined };
    const answer = () => pages.fetch(withoutPrefix(c, pages.base.split('/').length - 1), variables);
    return pagesGate.run(c, user ?? credentialsOf(c), ANSWER_WITHIN, () =>
      answerWithLimit(c, () => actingFor(c, answer)),
    );
  });
  return { app, live };
}

/** The addresses of the service that signs in, while there is one. */
function passSignIn(app: Hono, { signIn, origins, apps }: HttpDeps): void {
  app.on(['GET', 'POST'], ['/sign-in', '/sign-out'], async (c, next) => {
    const service = signIn();
    if (!service) return next();
    const { isForeign } = signInRequest(c, origins);
    const hasPages = apps.places('pages').some(({ at }) => at === '');
    return answerWithLimit(c, async () =>
      service.answer({
        request: withoutPrefix(c, 0),
        isForeign,
        next: hasPages ? pagesFromHere(c) : 'api/openapi.json',
      }),
    );
  });
}

/** The mount point, relative to an address below it: a proxy may show it elsewhere. */
function pagesFromHere(c: Context): string {
  const mount = mountPointOf(c).split('/').at(-1);
  return mount ? `../${mount}` : './';
}

/** The longest path wins. */
const placeFor = (path: string, all: readonly PluginPlace[]): PluginPlace | undefined =>
  all.findLast(({ at }) => `${path}/`.startsWith(`${at}/`));

/** Pages at the mount point never receive requests for the API. */
function pagesFor(path: string, all: readonly PluginPlace[]): PluginPlace | undefined {
  const pages = placeFor(path, all);
  return pages?.at === '' && `${path}/`.startsWith('/api/') ? undefined : pages;
}

/** Answers for a plugin that is off or has no such route: nothing of them needs a right. */
const HARMLESS = new Set(['NOT_FOUND', 'PLUGIN_NOT_FOUND', 'PLUGIN_OFF']);

/** Throws what `answer` throws, and `INTERNAL` if it asked for no right, unless the client is gone. */
async function guarded(
  caller: Caller,
  { plugin, c, log }: { plugin: string; c: Context; log: Logger },
  answer: () => Promise<Response>,
): Promise<Response> {
  const before = caller.asked;
  const [given] = await Promise.allSettled([answer()]);
  const isGone = given.status === 'rejected' && c.req.raw.signal.aborted;
  if (caller.asked === before && !isGone) {
    const { code } = given.status === 'rejected' && isOurs(given.reason) ? given.reason : { code: '' };
    if (HARMLESS.has(code)) await caller.require('view', 'some');
    else {
      if (given.status === 'fulfilled') await given.value.body?.cancel();
      log.error(
        `the plugin "${plugin}" answered ${c.req.method} ${pathOf(c)} without asking for a right, so the answer was withheld: call ctx.authorize() first`,
      );
      throw new JobsError('INTERNAL', 'The request failed; see the server log.');
    }
  }
  if (given.status === 'rejected') throw given.reason;
  return given.value;
}

/** Bytes of a JSON body. */
const MAX_BODY = 1024 * 1024;

const isForm = (c: Context): boolean => /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '');

/** Throws if another middleware has already consumed the body. */
function refuseUsedBody(c: Context): void {
  if (c.req.raw.bodyUsed)
    throw new Error('another middleware already read the request body: mount jobs.routes before body parsers');
}

const limit = bodyLimit({
  maxSize: MAX_BODY,
  onError: () => {
    throw new JobsError('PAYLOAD_TOO_LARGE', `The body is too large: at most ${MAX_BODY} bytes.`);
  },
});

/** For readers that have no limit of their own. Throws `PAYLOAD_TOO_LARGE` for a body above that of JSON, before it answers. */
async function answerWithLimit(c: Context, answer: () => Promise<Response>): Promise<Response> {
  refuseUsedBody(c);
  let response: Response | undefined;
  await limit(c, async () => {
    response = await answer();
  });
  return response as Response;
}
