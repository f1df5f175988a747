// Signing in with the tokens of the host (`createJobs({ signIn })`): scripts and pages send them as Authorization: Bearer, and a cookie carries them for the pages of the dashboard.

import { createHash } from 'node:crypto';
import type { Action, Verdict } from '@phraseworks/sdk';
import { JobsError, type Logger } from '@phraseworks/sdk';
import type { Context, Hono } from 'hono';
import { generateCookie, getCookie } from 'hono/cookie';
import type { Clock } from '../kernel/clock.ts';
import { readWhere } from '../store/job-filter.ts';
import type { HostSignIn, HostUser } from './authorize.ts';
import { readForm } from './body.ts';
import { isSecure, signedInPage } from './link-sign-in.ts';
import { hasBearer, isCrossSite, isNavigation, isWrite } from './security.ts';

export const TOKEN_SIGN_IN_HINT =
  'Sign in to the site and open the jobs from there; a script sends the token of the site as `Authorization: Bearer`.';

/** Browsers ignore cookies above 4096 bytes, name and attributes included. */
const LONGEST = 3_800;
/** Milliseconds for which an answer of `signIn` holds for the same request. */
const KNOWN_FOR = 1_000;

export interface TokenSignInDeps {
  check: HostSignIn;
  origins?: readonly string[] | undefined;
  log: Logger;
  clock: Clock;
}

export class TokenSignIn {
  readonly #check: HostSignIn;
  readonly #origins: readonly string[] | undefined;
  readonly #log: Logger;
  readonly #clock: Clock;
  /** A request triggers several checks. Live connections keep their request and check it again each minute. */
  readonly #known = new WeakMap<Request, { at: number; user: Promise<HostUser | null> }>();

  constructor({ check, origins, log, clock }: TokenSignInDeps) {
    this.#check = check;
    this.#origins = origins;
    this.#log = log;
    this.#clock = clock;
  }

  /** For `c` as the browser or script sent it. */
  async verdict(c: Context, action: Action): Promise<Verdict> {
    const now = this.#clock.now();
    let known = this.#known.get(c.req.raw);
    if (!known || Math.abs(now - known.at) >= KNOWN_FOR) {
      known = { at: now, user: this.#user(tokenOf(c, this.#origins)) };
      this.#known.set(c.req.raw, known);
    }
    const found = await known.user;
    if (!found) return null;
    const { user, may, where } = found;
    return may.includes(action) && { user, ...(where === undefined ? {} : { where }) };
  }

  async #user(token: string | undefined): Promise<HostUser | null> {
    if (!token) return null;
    try {
      const found = await this.#check(token);
      if (!found) return null;
      if (typeof found.user !== 'string' || !Array.isArray(found.may))
        throw new Error('it must return null or { user: string, may: Action[] }');
      return found.where === undefined ? found : { ...found, where: readWhere(found.where) };
    } catch (error) {
      this.#log.error('signIn() failed, so the request was refused:', error);
      return null;
    }
  }

  /** `POST /sign-in` takes the token from the header or the form's field `token` and keeps it in a cookie; `POST /sign-out` removes it. */
  mount(app: Hono, hasPages: () => boolean): void {
    app.post('/sign-in', async (c) => {
      // Otherwise another site could sign its visitors in under another account.
      this.#refuseCrossSite(c);
      const form = hasBearer(c.req.raw.headers) ? undefined : new URLSearchParams((await readForm(c)).toString('utf8'));
      const token = form ? (form.get('token') ?? '') : bearerOf(c);
      if (encodeURIComponent(token).length > LONGEST)
        throw new JobsError(
          'PAYLOAD_TOO_LARGE',
          `The token does not fit into a cookie: at most ${LONGEST} characters.`,
        );
      if (!(await this.#user(token))) throw new JobsError('UNAUTHORIZED', TOKEN_SIGN_IN_HINT);
      return signedInPage(c, hasPages(), { 'Set-Cookie': cookie(c, token, form) });
    });
    app.post('/sign-out', (c) => {
      this.#refuseCrossSite(c);
      return c.body(null, 204, { 'Set-Cookie': cookie(c, '') });
    });
  }

  #refuseCrossSite(c: Context): void {
    if (isCrossSite(c.req.raw.headers, this.#origins))
      throw new JobsError(
        'FORBIDDEN',
        'A page of another site cannot sign users in or out. To allow it, add its origin to allowedOrigins.',
      );
  }
}

/** A token in the header counts alone: a cookie must not gain what only a bearer may do. */
function tokenOf(c: Context, origins: readonly string[] | undefined): string | undefined {
  const { headers } = c.req.raw;
  if (hasBearer(headers)) return bearerOf(c);
  if (isCrossSite(headers, origins) && !(isNavigation(headers) && !isWrite(c.req.method))) return undefined;
  return cookieOf(c);
}

const bearerOf = (c: Context): string => /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';

/** Another site on the same host can set a cookie of this name, too: with two values, neither counts. */
function cookieOf(c: Context): string | undefined {
  const name = nameFor(c);
  const pairs = (c.req.header('cookie') ?? '').split(';').map((pair) => pair.trim());
  const own = new Set(pairs.filter((pair) => pair.startsWith(`${name}=`)));
  return own.size === 1 ? getCookie(c, name) : undefined;
}

/** Cookies do not tell ports apart, so the name does: two sites on one machine must not sign each other out. */
const nameFor = (c: Context): string =>
  `pwj_token_${createHash('sha256')
    .update(c.req.header('host') ?? '')
    .digest('hex')
    .slice(0, 10)}`;

/** Kept until the browser closes; the token itself says how long it is valid. Without a path it belongs to the mount point. */
function cookie(c: Context, token: string, form = new URLSearchParams()): string {
  const options = { httpOnly: true, sameSite: 'Strict', secure: isSecure(c, form), path: '' } as const;
  return generateCookie(nameFor(c), token, token === '' ? { ...options, maxAge: 0 } : options);
}
