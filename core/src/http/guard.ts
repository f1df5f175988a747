// Checks permissions: asks the host's `authorize`, or accepts signed-in users, and refuses writes from other sites.
import { type Job, JobsError, type Logger } from '@phraseworks/sdk';
import type { Context } from 'hono';
import type { ListLimits } from '../jobs-host.ts';
import { fits, readWhere } from '../store/job-filter.ts';
import type { SignIn } from '../store/sign-in-store.ts';
import type { Action, Actor, Authorize, Subject, Verdict } from './authorize.ts';
import { SIGN_IN_HINT, signedIn } from './link-sign-in.ts';
import { callerOf } from './mount.ts';
import { hasBearer, isCrossSite, isWrite } from './security.ts';
import { TOKEN_SIGN_IN_HINT, type TokenSignIn } from './token-sign-in.ts';

export interface Guard {
  /**
   * Resolves if the request is allowed. Throws `UNAUTHORIZED` or `FORBIDDEN`, also for writes that another site sent, and for a
   * subject that lies outside the `where` of the answer.
   */
  (c: Context, action: Action, subject?: Subject): Promise<Actor>;
  /** For callers that apply `where` and `perJob` themselves: lists, events and bulk actions. All others refuse an answer with `where`. */
  limited(c: Context, action: Action): Promise<Actor>;
  /** Asks before the subject is known. Throws only if no subject could change the answer; false: the answer depends on the subject. */
  before(c: Context, action: Action): Promise<boolean>;
}

/** A job as the subject of a question. */
export const aboutJob = (job: Job): Subject => ({
  type: job.type,
  plugin: job.plugin,
  get data() {
    return job.data;
  },
  ...(job.schedule === null ? {} : { schedule: job.schedule }),
  job,
});

interface GuardDeps {
  authorize?: Authorize | undefined;
  tokens?: TokenSignIn | undefined;
  signIn: SignIn;
  origins?: readonly string[] | undefined;
  log: Logger;
}

export function createGuard({ authorize, tokens, signIn, origins, log }: GuardDeps): Guard {
  const answer = async (c: Context, action: Action, subject: Subject): Promise<Actor> => {
    const caller = callerOf(c);
    const headers = caller.req.raw.headers;
    if (isWrite(c.req.method) && isCrossSite(headers, origins) && !hasBearer(headers)) {
      throw new JobsError(
        'FORBIDDEN',
        'A page of another site cannot make changes here unless it sends a bearer token.',
      );
    }
    if (tokens) return authorized(await tokens.verdict(caller, action), TOKEN_SIGN_IN_HINT);
    if (!authorize) return authorized(await signedIn(caller, signIn, origins), SIGN_IN_HINT);
    return authorized(await ask(authorize, caller, log, action, subject));
  };

  const guard = async (c: Context, action: Action, subject?: Subject): Promise<Actor> => {
    const { user, where } = await answer(c, action, subject ?? {});
    // A filter of jobs also applies to a single job.
    if (where && (subject?.type === undefined || !fits(where, subject))) throw forbidden();
    return { user };
  };

  return Object.assign(guard, {
    limited: async (c: Context, action: Action): Promise<Actor> => {
      const watched = watch({});
      const { user, where } = await answer(c, action, watched.subject);
      return { user, where, perJob: !where && watched.looked() };
    },
    before: async (c: Context, action: Action): Promise<boolean> => {
      const watched = watch({});
      try {
        await answer(c, action, watched.subject);
        return true;
      } catch (error) {
        if (error instanceof JobsError && error.code === 'FORBIDDEN' && watched.looked()) return false;
        throw error;
      }
    },
  });
}

/** If `authorize` answered without looking at the subject, its answer holds for every subject. */
function watch(subject: Subject): { subject: Subject; looked: () => boolean } {
  let looked = false;
  const note = <A extends unknown[], R>(trap: (...args: A) => R) => {
    return (...args: A): R => {
      looked = true;
      return trap(...args);
    };
  };
  const { get, has, ownKeys, getOwnPropertyDescriptor } = Reflect;
  const traps = {
    get: note(get),
    has: note(has),
    ownKeys: note(ownKeys),
    getOwnPropertyDescriptor: note(getOwnPropertyDescriptor),
  };
  return { subject: new Proxy(subject, traps as ProxyHandler<Subject>), looked: () => looked };
}

async function ask(
  decide: Authorize,
  c: Context,
  log: GuardDeps['log'],
  action: Action,
  subject: Subject,
): Promise<Verdict> {
  try {
    const verdict = await decide(c, action, subject);
    if (typeof verdict !== 'object' || verdict?.where === undefined) return verdict;
    return { ...verdict, where: readWhere(verdict.where) };
  } catch (error) {
    log.error('authorize() threw, so the request was refused:', error);
    return false;
  }
}

function authorized(verdict: Verdict, how = 'Please sign in to continue.'): Actor {
  if (verdict === true) return { user: undefined };
  if (verdict === null || verdict === undefined) throw new JobsError('UNAUTHORIZED', how);
  if (typeof verdict !== 'object') throw forbidden();
  return { user: typeof verdict.user === 'string' ? verdict.user : undefined, where: verdict.where };
}

const forbidden = (): JobsError => new JobsError('FORBIDDEN', "You don't have permission to do this.");

/** Without a subject: a host may still refuse some jobs. Rethrows errors other than a refusal. */
export const isAllowed = (c: Context, guard: Guard, action: Action, subject?: Subject): Promise<boolean> =>
  guard(c, action, subject).then(() => true, falseIfRefused);

/** May the caller do it with at least some jobs? Without a job, this is only a guess. */
export const isAllowedForSome = (c: Context, guard: Guard, action: Action): Promise<boolean> =>
  guard.limited(c, action).then(() => true, falseIfRefused);

/** May the caller do it with all jobs? False also if the answer differs from job to job. */
export async function isAllowedForAll(c: Context, guard: Guard, action: Action): Promise<boolean> {
  if (!(await isAllowed(c, guard, action))) return false;
  const { where, perJob } = await guard.limited(c, action);
  return !where && !perJob;
}

function falseIfRefused(error: unknown): false {
  if (error instanceof JobsError) return false;
  throw error;
}

/** Which jobs a list, a search or a bulk action may cover: the host's filter, or its answer about each job. Null: every job. */
export function jobLimits(c: Context, guard: Guard, action: Action, actor: Actor): ListLimits | null {
  const sees = subjectFilter(c, guard, action, actor);
  return sees && { where: actor.where, sees: (job) => sees(aboutJob(job)) };
}

/** The same for things that are not jobs, such as schedules. Null: everything. */
export function subjectFilter(
  c: Context,
  guard: Guard,
  action: Action,
  { where, perJob }: Actor,
): ((subject: Subject) => boolean | Promise<boolean>) | null {
  if (where) return (subject) => fits(where, subject);
  return perJob ? (subject) => isAllowed(c, guard, action, subject) : null;
}
