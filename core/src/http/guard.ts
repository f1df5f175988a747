// The door: asks the host's `authorize`, or lets in who signed in; refuses writes that another site's page sent.
import { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { fits, readWhere } from '../queue/where.ts';
import type { Action, Actor, Authorize, Guard, HttpDeps, Subject, Verdict } from './deps.ts';
import { outermost } from './mount.ts';
import { hasBearer, isCrossSite, isWrite } from './same-origin.ts';
import { HOW, signedIn } from './sign-in.ts';

type GuardDeps = Pick<HttpDeps, 'authorize' | 'signIn' | 'origins' | 'log'>;

export function createGuard({ authorize, signIn, origins, log }: GuardDeps): Guard {
  const answer = async (c: Context, action: Action, subject: Subject): Promise<Actor> => {
    const caller = outermost(c);
    const headers = caller.req.raw.headers;
    if (isWrite(c.req.method) && isCrossSite(headers, origins) && !hasBearer(headers)) {
      throw new JobsError(
        'FORBIDDEN',
        'A page of another site may not change anything here, unless it sends a bearer token.',
      );
    }
    if (!authorize) return admit(await signedIn(caller, signIn, origins), HOW);
    return admit(await ask(authorize, caller, log, action, subject));
  };

  const guard = async (c: Context, action: Action, subject?: Subject): Promise<Actor> => {
    const { user, where } = await answer(c, action, subject ?? {});
    // A filter is of jobs, and holds for one as it does for many.
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

/** An answer that was given without a look at the subject holds for every subject. */
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

function admit(verdict: Verdict, how = 'Sign in first: this needs a known user.'): Actor {
  if (verdict === true) return { user: undefined };
  if (verdict === null || verdict === undefined) throw new JobsError('UNAUTHORIZED', how);
  if (typeof verdict !== 'object') throw forbidden();
  return { user: typeof verdict.user === 'string' ? verdict.user : undefined, where: verdict.where };
}

const forbidden = (): JobsError => new JobsError('FORBIDDEN', 'You may not do this here.');
