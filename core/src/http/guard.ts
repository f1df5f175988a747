// Checks permissions: asks the host's `authorize`, or the service that signs in, and refuses writes from other sites. Without both, nobody gets in.
import {
  type Action,
  type Grant,
  JobsError,
  type Logger,
  type SignIn,
  type SignInRequest,
  type Verdict,
} from '@phraseworks/sdk';
import type { Context } from 'hono';
import { Caller, forbidden } from '../access/actor.ts';
import { readWhere } from '../store/job-filter.ts';
import type { Authorize } from './authorize.ts';
import { signalOf } from './gate.ts';
import { callerOf } from './mount.ts';
import { hasBearer, isCrossSite, isNavigation, isWrite } from './security.ts';

const NOBODY_SIGNS_IN =
  "Nobody can sign in: add `'sign-in': true` to `plugins`, or pass `authorize` to createJobs(). If the plugin is there, the log says why it does not run.";

/** The caller of a request. Writes that another site sent have no rights. */
export type Guard = (c: Context) => Caller;

interface GuardDeps {
  authorize?: Authorize | undefined;
  /** What signs in now; undefined while nothing does. */
  signIn(): SignIn | undefined;
  arePluginsStarting?(): boolean;
  origins?: readonly string[] | undefined;
  log: Logger;
}

export function createGuard({ authorize, signIn, arePluginsStarting, origins, log }: GuardDeps): Guard {
  const answer = async (c: Context, action: Action): Promise<Grant> => {
    refuseForeignWrite(c, origins);
    const caller = callerOf(c);
    if (authorize) return authorized(await ask(authorize, caller, log, action));
    const service = signIn();
    if (service) {
      const verdict = await service.verdict(signInRequest(caller, origins), action);
      return authorized(await ask(() => verdict, caller, log, action), service.hint);
    }
    if (arePluginsStarting?.())
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

async function ask(decide: Authorize, c: Context, log: GuardDeps['log'], action: Action): Promise<Verdict> {
  try {
    const verdict = await decide(c, action);
    if (typeof verdict !== 'object' || verdict?.where === undefined) return verdict;
    return { ...verdict, where: readWhere(verdict.where) };
  } catch (error) {
    log.error('Whether a request is allowed could not be decided, so it was refused:', error);
    return false;
  }
}

/** For browsers, a page on another port of this host is the same site, so they send the cookies of this site along. */
export function signInRequest(c: Context, origins: readonly string[] | undefined): SignInRequest {
  const request = c.req.raw;
  const isFollowed = isNavigation(request.headers) && !isWrite(request.method);
  return { request, isForeign: isCrossSite(request.headers, origins) && !isFollowed };
}

function authorized(verdict: Verdict, how = 'Please sign in to continue.'): Grant {
  if (verdict === true) return { user: undefined };
  if (verdict === null || verdict === undefined) throw new JobsError('UNAUTHORIZED', how);
  if (typeof verdict !== 'object') throw forbidden();
  return { user: typeof verdict.user === 'string' ? verdict.user : undefined, where: verdict.where };
}
