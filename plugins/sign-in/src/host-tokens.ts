// Signing in with the tokens of a host: scripts and pages send them as Authorization: Bearer, and a cookie carries them for the pages of the dashboard.
import { createHash } from 'node:crypto';
import type { Action, Logger, PluginClock, SignIn, SignInRequest, Verdict, Where } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import { bearerOf, cookieFor, cookiesOf, formOf, signedInPage, signedOut, signOutPage } from './browser.ts';
import { foreign } from './links.ts';

/** Whom a token of the host belongs to. */
export interface HostUser {
  /** Named in the log of who did what. */
  user: string;
  /** What the user may do, with every job or, with `where`, with those jobs alone. */
  may: readonly Action[];
  where?: Where;
}
/** Null: the token is not valid. A throw denies. */
export type CheckToken = (token: string) => HostUser | null | Promise<HostUser | null>;

const HINT =
  'Sign in to the site and open the jobs from there; a script sends the token of the site as `Authorization: Bearer`.';

/** Browsers ignore cookies above 4096 bytes, name and attributes included. */
const LONGEST = 3_800;
/** Milliseconds for which an answer holds for the same request. */
const KNOWN_FOR = 1_000;

interface HostTokensNeeds {
  check: CheckToken;
  log: Logger;
  clock: PluginClock;
}

export class HostTokens implements SignIn {
  readonly hint = HINT;
  readonly #needs: HostTokensNeeds;
  /** A request triggers several checks. Live connections keep their request and check it again each minute. */
  readonly #known = new WeakMap<Request, { at: number; user: Promise<HostUser | null> }>();

  constructor(needs: HostTokensNeeds) {
    this.#needs = needs;
  }

  async verdict(from: SignInRequest, action: Action): Promise<Verdict> {
    const now = this.#needs.clock.now();
    let known = this.#known.get(from.request);
    if (!known || Math.abs(now - known.at) >= KNOWN_FOR) {
      known = { at: now, user: this.#user(tokenOf(from)) };
      this.#known.set(from.request, known);
    }
    const found = await known.user;
    if (!found) return null;
    const { user, may, where } = found;
    return may.includes(action) && { user, ...(where === undefined ? {} : { where }) };
  }

  async #user(token: string | undefined): Promise<HostUser | null> {
    if (!token) return null;
    const { check, log } = this.#needs;
    try {
      const found = await check(token);
      if (!found) return null;
      if (typeof found.user !== 'string' || !Array.isArray(found.may))
        throw new Error('it must return null or { user: string, may: Action[] }');
      return found;
    } catch (error) {
      log.error('The check of tokensOf() failed, so the request was refused:', error);
      return null;
    }
  }

  /** `POST /sign-in` takes the token from the header or the form's field `token` and keeps it in a cookie; `POST /sign-out` removes it. */
  async answer(from: SignInRequest & { next: string }): Promise<Response> {
    const { request, isForeign, next } = from;
    const isOut = new URL(request.url).pathname.endsWith('/sign-out');
    if (request.method !== 'POST') {
      if (isOut) return signOutPage();
      if (await this.#user(tokenOf(from))) return signedInPage(next);
      throw new JobsError('UNAUTHORIZED', HINT);
    }
    // Otherwise another site could sign its visitors in under another account.
    if (isForeign) throw foreign();
    const name = cookieName(request);
    if (isOut) return signedOut(request, cookieFor(request, { name, value: '' }));
    const bearer = bearerOf(request);
    const form = bearer === undefined ? await formOf(request) : undefined;
    const value = bearer ?? form?.get('token') ?? '';
    if (encodeURIComponent(value).length > LONGEST)
      throw new JobsError('PAYLOAD_TOO_LARGE', `The token does not fit into a cookie: at most ${LONGEST} characters.`);
    if (!(await this.#user(value))) throw new JobsError('UNAUTHORIZED', HINT);
    return signedInPage(next, cookieFor(request, { name, value, form }));
  }
}

/** Another site on the same host can set a cookie of this name, too: with two values, none counts. */
function tokenOf({ request, isForeign }: SignInRequest): string | undefined {
  const bearer = bearerOf(request);
  if (bearer !== undefined) return bearer;
  if (isForeign) return undefined;
  const values = new Set(cookiesOf(request, cookieName(request)));
  const [value] = values;
  return values.size === 1 && value !== undefined ? decoded(value) : undefined;
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** Cookies do not tell ports apart, so the name does: two sites on one machine must not sign each other out. */
const cookieName = (request: Request): string =>
  `pwj_token_${createHash('sha256')
    .update(request.headers.get('host') ?? '')
    .digest('hex')
    .slice(0, 10)}`;
