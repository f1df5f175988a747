// Signing in with a link or a token that this site made: for sites without users of a host.
import type { Action, SignIn, SignInRequest, Verdict } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import { askPage, bearerOf, cookieFor, cookiesOf, formOf, signedInPage, signedOut, signOutPage } from './browser.ts';
import { type Passes, SESSION_LIFETIME } from './passes.ts';

const HINT =
  'Run `npx phraseworks-jobs link` on the server and open the link it prints. Scripts send the token that `npx phraseworks-jobs link --token NAME` prints as `Authorization: Bearer`.';
/** Milliseconds for which the link of the start screen is valid. */
const START_LINK_LIFETIME = 3_600_000;

const SECRET = /^[\w-]{43}$/;
const TOKEN = /^pwj_token_[\w-]{43}$/;

/** The name of every signed-in browser in the audit log. */
const BY_LINK: Verdict = { user: 'sign-in link' };

/** `page`: the dashboard's address, `http://localhost:3210/jobs`. */
export const linkOf = (page: string, code: string): string => `${page}/sign-in?code=${code}`;

export class Links implements SignIn {
  readonly hint = HINT;
  readonly #passes: Passes;
  readonly #cookie: string;

  /** `cookie`: its name. */
  constructor(passes: Passes, cookie: string) {
    this.#passes = passes;
    this.#cookie = cookie;
  }

  /** Addresses and proxy headers do not count. */
  async verdict({ request, isForeign }: SignInRequest, action: Action): Promise<Verdict> {
    const bearer = bearerOf(request);
    if (bearer !== undefined) {
      const token = TOKEN.test(bearer) ? await this.#passes.find('token', bearer) : null;
      if (!token) return null;
      return token.may.includes(action) && { user: `token ${token.name}` };
    }
    return !isForeign && (await this.#sessionsOf(request)).length > 0 ? BY_LINK : null;
  }

  /** The secrets of the valid sessions among the cookies. */
  async #sessionsOf(request: Request): Promise<string[]> {
    const secrets = cookiesOf(request, this.#cookie).filter((value) => SECRET.test(value));
    const found = await Promise.all(secrets.map((secret) => this.#passes.find('session', secret)));
    return secrets.filter((_, i) => found[i] !== null);
  }

  async answer(from: SignInRequest & { next: string }): Promise<Response> {
    const { request, next } = from;
    const isPost = request.method === 'POST';
    if (new URL(request.url).pathname.endsWith('/sign-out')) return isPost ? this.#signOut(from) : signOutPage();
    if (isPost) return this.#redeem(request, next);
    // A GET leaves the code valid: link previews and prefetching use it, too.
    const code = new URL(request.url).searchParams.get('code') ?? '';
    if (SECRET.test(code)) return askPage(code);
    if ((await this.#sessionsOf(request)).length > 0) return signedInPage(next);
    throw new JobsError('UNAUTHORIZED', HINT);
  }

  async #redeem(request: Request, next: string): Promise<Response> {
    const form = await formOf(request);
    const code = form.get('code') ?? '';
    const value = SECRET.test(code) ? await this.#passes.redeem(code) : null;
    if (value === null) {
      if ((await this.#sessionsOf(request)).length > 0) return signedInPage(next);
      throw new JobsError('UNAUTHORIZED', `This link has expired or was already used. ${HINT}`);
    }
    const maxAge = SESSION_LIFETIME / 1_000;
    return signedInPage(next, cookieFor(request, { name: this.#cookie, value, maxAge, form }));
  }

  async #signOut({ request, isForeign }: SignInRequest): Promise<Response> {
    if (isForeign) throw foreign();
    await this.#passes.signOut(await this.#sessionsOf(request));
    return signedOut(request, cookieFor(request, { name: this.#cookie, value: '' }));
  }

  async link(page: string): Promise<string> {
    await this.#passes.setPage(page);
    return linkOf(page, await this.#passes.link(START_LINK_LIFETIME));
  }
}

export const foreign = (): JobsError =>
  new JobsError(
    'FORBIDDEN',
    'A page of another site cannot sign users in or out. To allow it, add its origin to allowedOrigins.',
  );
