// What requests of browsers and scripts carry, and the pages and cookies that answer them.
import { createHash } from 'node:crypto';
import { generateCookie } from 'hono/cookie';
import { html, raw } from 'hono/html';

/** The token of `Authorization: Bearer`; undefined without one. A bearer counts alone: a cookie must not gain what only a bearer may do. */
export function bearerOf({ headers }: Request): string | undefined {
  const sent = headers.get('authorization') ?? '';
  return /^bearer +\S/i.test(sent) ? (/^bearer +(\S+) *$/i.exec(sent)?.[1] ?? '') : undefined;
}

/** The values of all cookies of this name: another site on the same host can set one, too. */
export const cookiesOf = (request: Request, name: string): string[] =>
  (request.headers.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));

export const formOf = async (request: Request): Promise<URLSearchParams> => new URLSearchParams(await request.text());

/** Any of these is enough; the form field shows how the browser reached the page. */
const isSecure = ({ url, headers }: Request, form: URLSearchParams | undefined): boolean =>
  new URL(url).protocol === 'https:' ||
  /\bhttps\b/i.test(headers.get('x-forwarded-proto') ?? '') ||
  /^https:/i.test(headers.get('origin') ?? '') ||
  form?.get('secure') === '1';

interface CookieParts {
  name: string;
  /** Empty: the browser removes it. */
  value: string;
  /** Seconds; until the browser closes by default. */
  maxAge?: number;
  form?: URLSearchParams | undefined;
}

/** Without a path it is valid for the folder of this address, which is the mount point as the browser sees it, behind any proxy. */
export function cookieFor(request: Request, { name, value, maxAge, form }: CookieParts): string {
  const options = { httpOnly: true, sameSite: 'Strict', secure: isSecure(request, form), path: '' } as const;
  if (value === '') return generateCookie(name, '', { ...options, maxAge: 0 });
  return generateCookie(name, value, maxAge === undefined ? options : { ...options, maxAge });
}

/** A person in a browser reads the answer. */
const isForPeople = (request: Request): boolean => (request.headers.get('accept') ?? '').includes('text/html');

/** The colours of the dashboard, in a page that must not load its files. */
const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#17201d, #e5eae8); --paper: light-dark(#fff, #0f1312);
  --back: light-dark(#f6f8f7, #171c1a); --line: light-dark(#e4e8e6, #262d2a); --accent: light-dark(#0d6b5c, #5fd0ba); }
* { box-sizing: border-box; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; padding: 16px; background: var(--back);
  color: var(--ink); font: .875rem/1.4286 Inter, system-ui, sans-serif; }
main { width: min(24rem, 100%); padding: 32px; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); }
svg { width: 32px; fill: var(--accent); }
path { stroke: var(--paper); stroke-width: 1.6; stroke-linecap: round; }
h1 { margin: 16px 0; font-size: 1.25rem; line-height: 1.4; letter-spacing: -.015em; text-wrap: balance; }
button, a { display: block; width: 100%; padding: 8px 12px; border: 0; border-radius: 6px; background: var(--accent);
  color: var(--paper); font: inherit; font-weight: 500; text-align: center; text-decoration: none; cursor: pointer; }
:is(button, a):hover { opacity: .9; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;

const LOGO =
  '<svg viewBox="0 0 16 16" aria-hidden="true"><rect width="16" height="16" rx="3.5"/><path d="M4 5h8M4 8h5.5M4 11h7"/></svg>';

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

interface PageParts {
  title: string;
  body?: ReturnType<typeof html>;
  /** Runs at the end of the page. */
  script?: string;
  /** An address to continue to at once, relative to the page. */
  goOn?: string;
  headers?: Record<string, string>;
}

/** It loads no other files, so it works without signing in. */
function page({ title, body, script, goOn, headers = {} }: PageParts): Response {
  const refresh = goOn === undefined ? '' : html`<meta http-equiv="refresh" content="0; url=${goOn}">`;
  const text = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">${refresh}<title>${title}</title><style>${raw(STYLE)}</style></head>
<body><main>${raw(LOGO)}<h1>${title}</h1>${body ?? ''}</main>${script === undefined ? '' : raw(`<script>${script}</script>`)}</body>
</html>`;
  const scripts = script === undefined ? "'none'" : hashOf(script);
  return new Response(String(text), {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${scripts}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      'Cache-Control': 'no-store',
      ...headers,
    },
  });
}

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

/** Sends the code back by itself. */
export const askPage = (code: string): Response =>
  page({
    title: 'Sign in to PhraseWorks Jobs',
    body: html`<form method="post" action="sign-in"><input type="hidden" name="code" value="${code}"><input type="hidden" name="secure" value=""><button>Sign in</button></form>`,
    script: SEND,
    headers: { 'Referrer-Policy': 'no-referrer' },
  });

/** A page that goes on by itself: after a redirect that began on another site, browsers do not send SameSite=Strict cookies. */
export const signedInPage = (next: string, cookie?: string): Response =>
  page({
    title: 'You are signed in',
    body: html`<a href="${next}">Continue</a>`,
    goOn: next,
    headers: { 'Referrer-Policy': 'no-referrer', ...(cookie === undefined ? {} : { 'Set-Cookie': cookie }) },
  });

/** Asks, since a GET changes nothing. */
export const signOutPage = (): Response =>
  page({
    title: 'Sign out of PhraseWorks Jobs',
    body: html`<form method="post" action="sign-out"><button>Sign out</button></form>`,
  });

/** `cookie` removes that of the session. */
export const signedOut = (request: Request, cookie: string): Response =>
  isForPeople(request)
    ? page({ title: 'You are signed out', headers: { 'Set-Cookie': cookie } })
    : new Response(null, { status: 204, headers: { 'Set-Cookie': cookie } });
