// Checks permissions: asks the host's `authorize`, or the service that signs in, and refuses writes from other sites. Without both, nobody gets in.
import type { Action, SignIn, SignInRequest, Verdict } from '@phraseworks/sdk';
import { JobsError, type Logger } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { fits, readWhere, type WhereFacts } from '../store/job-filter.ts';
import type { Actor, Authorize } from './authorize.ts';
import { callerOf } from './mount.ts';
import { hasBearer, isCrossSite, isNavigation, isWrite } from './security.ts';

const NOBODY_SIGNS_IN =
  "Nobody can sign in: add `'sign-in': true` to `plugins`, or pass `authorize` to createJobs(). If the plugin is there, the log says why it does not run.";

/** What `where` is compared with: a job, a job to add, or a schedule and the jobs it adds. */
export type Subject = WhereFacts;

export interface Guard {
  /**
   * Resolves if the request is allowed. Throws `UNAUTHORIZED` or `FORBIDDEN`, also for writes that another site sent, and for a
   * subject that lies outside the `where` of the answer.
   */
  (c: Context, action: Action, subject?: Subject): Promise<Actor>;
  /** For callers that apply `where` themselves: lists, events and bulk actions. All others refuse an answer with `where`. */
  limited(c: Context, action: Action): Promise<Actor>;
}

interface GuardDeps {
  authorize?: Authorize | undefined;
  /** What signs in now; undefined while nothing does. */
  signIn(): SignIn | undefined;
  arePluginsStarting?(): boolean;
  origins?: readonly string[] | undefined;
  log: Logger;
}

export function createGuard({ authorize, signIn, arePluginsStarting, origins, log }: GuardDeps): Guard {
  const answer = async (c: Context, action: Action): Promise<Actor> => {
    const caller = callerOf(c);
    const headers = caller.req.raw.headers;
    if (isWrite(c.req.method) && isCrossSite(headers, origins) && !hasBearer(headers)) {
      throw new JobsError(
        'FORBIDDEN',
        'A page of another site cannot make changes here unless it sends a bearer token.',
      );
    }
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

  const guard = async (c: Context, action: Action, subject?: Subject): Promise<Actor> => {
    const { user, where } = await answer(c, action);
    // A filter of jobs also applies to a single job, and refuses what is not about jobs.
    if (where && (subject?.type === undefined || !fits(where, subject))) throw forbidden();
    return { user };
  };

  return Object.assign(guard, { limited: answer });
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

function authorized(verdict: Verdict, how = 'Please sign in to continue.'): Actor {
  if (verdict === true) return { user: undefined };
  if (verdict === null || verdict === undefined) throw new JobsError('UNAUTHORIZED', how);
  if (typeof verdict !== 'object') throw forbidden();
  return { user: typeof verdict.user === 'string' ? verdict.user : undefined, where: verdict.where };
}

const forbidden = (): JobsError => new JobsError('FORBIDDEN', "You don't have permission to do this.");

/** Rethrows errors other than a refusal. */
export const isAllowed = (c: Context, guard: Guard, action: Action, subject?: Subject): Promise<boolean> =>
  guard(c, action, subject).then(() => true, falseIfRefused);

/** May the caller do it with at least some jobs? */
export const isAllowedForSome = (c: Context, guard: Guard, action: Action): Promise<boolean> =>
  guard.limited(c, action).then(() => true, falseIfRefused);

function falseIfRefused(error: unknown): false {
  if (error instanceof JobsError) return false;
  throw error;
}
