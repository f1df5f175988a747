// Signing in if the host has no `authorize`: a link for people, a token for scripts.
import type { Verdict } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import type { Context, Hono } from 'hono';
import { generateCookie } from 'hono/cookie';
import { html } from 'hono/html';
import type { SignIn } from '../store/sign-in-store.ts';
import { readForm } from './body.ts';
import type { Gate } from './gate.ts';
import { mountPointOf } from './mount.ts';
import { plainPage } from './plain-page.ts';
import { hasBearer, isCrossSite, isNavigation, isWrite } from './security.ts';

const CODE = /^[\w-]{43}$/;
/** Milliseconds. */
const REDEEM_WITHIN = 15_000;

/** How people and scripts sign in. */
export const SIGN_IN_HINT =
  'Run `npx phraseworks-jobs link` on the server and open the link it prints. Scripts send the token that `npx phraseworks-jobs link --token` prints as `Authorization: Bearer`.';

/** Names in the audit log. */
const BY_LINK: Verdict = { user: 'sign-in link' };
const BY_TOKEN: Verdict = { user: 'sign-in token' };

/** Null: not signed in. Addresses and proxy headers do not count. */
export async function signedIn(c: Context, signIn: SignIn, origins?: readonly string[]): Promise<Verdict> {
  const { headers } = c.req.raw;
  // With a token, ignore the cookie: it must not gain what only a bearer may do.
  if (hasBearer(headers)) {
    const token = /^bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1] ?? '';
    return (await signIn.holds('token', token)) ? BY_TOKEN : null;
  }
  // For browsers, a page on another port of this host is the same site, so they send the cookie along.
  if (isCrossSite(headers, origins) && !(isNavigation(headers) && !isWrite(c.req.method))) return null;
  return (await hasCookie(c, signIn)) ? BY_LINK : null;
}

async function hasCookie(c: Context, signIn: SignIn): Promise<boolean> {
  if (!c.req.header('cookie')?.includes('pwj_')) return false;
  const name = await signIn.cookieName();
  // Another site on the same host can set a cookie of this name before ours: accept any valid one.
  const values = (c.req.header('cookie') ?? '').split(';').map((pair) => pair.trim().split('='));
  const held = values.map(([key, value = '']) => key === name && signIn.holds('cookie', value));
  return (await Promise.all(held)).includes(true);
}

/**
 * `GET` shows a page that sends the code back by itself, and leaves the code valid: link previews and prefetching use GET, too.
 * `POST` exchanges the code for a cookie and answers a page that continues from here: after a redirect that began on another
 * site, browsers do not send SameSite=Strict cookies.
 */
export function mountSignIn(app: Hono, signIn: SignIn, hasPages: () => boolean, guesses: Gate): void {
  app.get('/sign-in', async (c) => {
    const code = c.req.query('code') ?? '';
    if (CODE.test(code)) return askPage(code);
    if (await hasCookie(c, signIn)) return signedInPage(c, hasPages());
    throw new JobsError('UNAUTHORIZED', SIGN_IN_HINT);
  });
  app.post('/sign-in', async (c) => {
    const form = new URLSearchParams((await readForm(c)).toString('utf8'));
    const code = form.get('code') ?? '';
    const redeem = () => signIn.redeem(code);
    const cookie = CODE.test(code) ? await guesses.run(c, '', REDEEM_WITHIN, redeem) : null;
    if (cookie === null) {
      if (await hasCookie(c, signIn)) return signedInPage(c, hasPages());
      throw new JobsError('UNAUTHORIZED', `This link has expired or was already used. ${SIGN_IN_HINT}`);
    }
    // Without a path the cookie is valid for the folder of this address, which is the mount point as the browser sees it, behind any proxy.
    const { name, value, maxAge } = cookie;
    const options = { httpOnly: true, sameSite: 'Strict', maxAge, secure: isSecure(c, form), path: '' } as const;
    return signedInPage(c, hasPages(), { 'Set-Cookie': generateCookie(name, value, options) });
  });
}

/** Any of these is enough; the form field shows how the browser reached the page. */
export const isSecure = (c: Context, form: URLSearchParams): boolean =>
  new URL(c.req.url).protocol === 'https:' ||
  /\bhttps\b/i.test(c.req.header('x-forwarded-proto') ?? '') ||
  /^https:/i.test(c.req.header('origin') ?? '') ||
  form.get('secure') === '1';

/** Removes the code from the address at once, and sends it only while the page is visible. */
const SEND = `
const form = document.querySelector('form');
form.elements.secure.value = location.protocol === 'https:' ? '1' : '';
history.replaceState(null, '', location.pathname);
const send = () => {
  if (document.visibilityState !== 'visible') return;
  document.removeEventListener('visibilitychange', send);
  form.submit();
};
document.addEventListener('visibilitychange', send);
send();
`;

const askPage = (code: string): Response =>
  plainPage({
    title: 'Sign in to PhraseWorks Jobs',
    body: html`<form method="post" action="sign-in"><input type="hidden" name="code" value="${code}"><input type="hidden" name="secure" value=""><button>Sign in</button></form>`,
    script: SEND,
    headers: { 'Referrer-Policy': 'no-referrer' },
  });

/** Without pages at the mount point, it continues to the description of the API. */
export function signedInPage(c: Context, hasPages: boolean, headers: Record<string, string> = {}): Response {
  const mount = mountPointOf(c).split('/').at(-1);
  const pages = mount ? `../${mount}` : './';
  const to = hasPages ? pages : 'api/openapi.json';
  return plainPage({
    title: 'You are signed in',
    body: html`<p><a class="button" href="${to}">Continue</a></p>`,
    goOn: to,
    headers: { 'Referrer-Policy': 'no-referrer', ...headers },
  });
}
