// Checks permissions: asks the host's `authorize`, or the service that signs in, and refuses writes from other sites. Without both, every request is refused.
import {
  type Action,
  type Grant,
  JobsError,
  type Logger,
  type SignIn,
  type SignInRequest,
  type Verdict,
  type Where,
} from '@phraseworks/sdk';
import type { Context } from 'hono';
import { z } from 'zod';
import { Caller, forbidden } from '../access/actor.ts';
import { type Clock, withTimeout } from '../kernel/clock.ts';
import { DATA_PATH } from '../kernel/config.ts';
import { signalOf } from './gate.ts';
import { callerOf } from './mount.ts';
import { hasBearer, isCrossSite, isNavigation, isWrite } from './security.ts';

const NOBODY_SIGNS_IN =
  "Nobody can sign in: add `'sign-in': true` to `plugins`, or pass `authorize` to createJobs(). If the plugin is there, the log says why it does not run.";

/** Milliseconds for the site to decide. */
const DECIDE_WITHIN = 10_000;

/** The host's decision: who may do what, and to which jobs. A throw denies. */
export type Authorize = (c: Context, action: Action) => Verdict | Promise<Verdict>;

/** The caller of a request. Writes that another site sent have no rights. */
export type Guard = (c: Context) => Caller;

export interface GuardDeps {
  /** Without it, only people and scripts that signed in have access. */
  authorize?: Authorize | undefined;
  /** What signs in now; undefined while nothing does. */
  signIn(): SignIn | undefined;
  /** Has a plugin not finished its first start? */
  arePluginsStarting(): boolean;
  /** Other origins (`https://cms.example.com`) whose pages may send writes with cookies, and open the WebSocket. */
  origins?: readonly string[];
  log: Logger;
  clock: Clock;
}

export function createGuard({ authorize, signIn, arePluginsStarting, origins, log, clock }: GuardDeps): Guard {
  /** A throw denies. Throws `UNAVAILABLE` if the decision did, or if it does not come in time. */
  const ask = (decide: () => Verdict | Promise<Verdict>): Promise<Verdict> => {
    const decided = (async () => {
      try {
        const verdict = await decide();
        if (typeof verdict !== 'object' || verdict?.where === undefined) return verdict;
        return { ...verdict, where: readWhere(verdict.where) };
      } catch (error) {
        if (error instanceof JobsError && error.code === 'UNAVAILABLE') throw error;
        log.error('Whether a request is allowed could not be decided, so it was refused:', error);
        return false;
      }
    })();
    return withTimeout(clock, DECIDE_WITHIN, decided, undecided);
  };

  const answer = async (c: Context, action: Action): Promise<Grant> => {
    refuseForeignWrite(c, origins);
    const caller = callerOf(c);
    if (authorize) return authorized(await ask(() => authorize(caller, action)));
    const service = signIn();
    if (service) {
      const request = signInRequest(caller, origins);
      return authorized(await ask(() => service.verdict(request, action)), service.hint);
    }
    if (arePluginsStarting())
      throw new JobsError('UNAVAILABLE', 'Plugins are still starting. Try again.', { retryAfter: 2 });
    throw new JobsError('UNAUTHORIZED', NOBODY_SIGNS_IN);
  };

  return (c) =>
    new Caller(
      (action) => answer(c, action),
      () => signalOf(c),
    );
}

/** Throws `FORBIDDEN`. */
export function refuseForeignWrite(c: Context, origins: readonly string[] | undefined): void {
  const { headers } = callerOf(c).req.raw;
  if (isWrite(c.req.method) && isCrossSite(headers, origins) && !hasBearer(headers))
    throw new JobsError('FORBIDDEN', 'A page of another site cannot make changes here unless it sends a bearer token.');
}

const undecided = (): JobsError =>
  new JobsError('UNAVAILABLE', 'Whether you may do this could not be decided in time. Try again later.');

/** For browsers, a page on another port of this host is the same site, so they send the cookies of this site along. */
export function signInRequest(c: Context, origins: readonly string[] | undefined): SignInRequest {
  const request = c.req.raw;
  const isFollowed = isNavigation(request.headers) && !isWrite(request.method);
  return { request, isForeign: isCrossSite(request.headers, origins) && !isFollowed };
}

function authorized(verdict: Verdict, how = 'Sign in on this site, then try again.'): Grant {
  if (verdict === true) return { user: undefined };
  if (verdict === null || verdict === undefined) throw new JobsError('UNAUTHORIZED', how);
  if (typeof verdict !== 'object') throw forbidden();
  return { user: typeof verdict.user === 'string' ? verdict.user : undefined, where: verdict.where };
}

const texts = z.array(z.string()).optional();
const WHERE = z.strictObject({
  types: texts,
  plugins: texts,
  schedules: texts,
  data: z.record(z.string().regex(DATA_PATH), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

/** Throws a TypeError: an invalid filter must not let everything through. */
function readWhere(input: Where): Where {
  const { error } = WHERE.safeParse(input);
  if (!error) return input;
  const words =
    'types, plugins, schedules, data: three lists of texts, and values by paths of letters, digits and dots';
  throw new TypeError(`where may have only ${words}.\n${z.prettifyError(error)}`);
}
