// Checks permissions: asks the host's `authorize`, or accepts signed-in users, and refuses writes from other sites.
import { type Action, type Grant, JobsError, type Logger, type Verdict } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { Caller, forbidden } from '../access/actor.ts';
import { readWhere } from '../store/job-filter.ts';
import type { SignIn } from '../store/sign-in-store.ts';
import type { Authorize } from './authorize.ts';
import { signalOf } from './gate.ts';
import { SIGN_IN_HINT, signedIn } from './link-sign-in.ts';
import { callerOf } from './mount.ts';
import { hasBearer, isCrossSite, isWrite } from './security.ts';
import { TOKEN_SIGN_IN_HINT, type TokenSignIn } from './token-sign-in.ts';

/** The caller of a request. Writes that another site sent have no rights. */
export type Guard = (c: Context) => Caller;

interface GuardDeps {
  authorize?: Authorize | undefined;
  tokens?: TokenSignIn | undefined;
  signIn: SignIn;
  origins?: readonly string[] | undefined;
  log: Logger;
}

export function createGuard({ authorize, tokens, signIn, origins, log }: GuardDeps): Guard {
  const answer = async (c: Context, action: Action): Promise<Grant> => {
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
    return authorized(await ask(authorize, caller, log, action));
  };

  return (c) =>
    new Caller(
      (action) => answer(c, action),
      () => signalOf(c),
    );
}

async function ask(decide: Authorize, c: Context, log: GuardDeps['log'], action: Action): Promise<Verdict> {
  try {
    const verdict = await decide(c, action);
    if (typeof verdict !== 'object' || verdict?.where === undefined) return verdict;
    return { ...verdict, where: readWhere(verdict.where) };
  } catch (error) {
    log.error('authorize() threw, so the request was refused:', error);
    return false;
  }
}

function authorized(verdict: Verdict, how = 'Please sign in to continue.'): Grant {
  if (verdict === true) return { user: undefined };
  if (verdict === null || verdict === undefined) throw new JobsError('UNAUTHORIZED', how);
  if (typeof verdict !== 'object') throw forbidden();
  return { user: typeof verdict.user === 'string' ? verdict.user : undefined, where: verdict.where };
}
