// Headers that every answer carries; a plugin's own page may bring a policy of its own.
import type { Context, MiddlewareHandler } from 'hono';

const NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const PAGES =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** For our own answers: data, which no browser should show, run or keep. */
const DATA = { 'Content-Security-Policy': NOTHING, 'Cache-Control': 'no-store' };
const PAGE = { 'Content-Security-Policy': PAGES, 'Cache-Control': 'no-store' };

const isHtml = (headers: Headers): boolean => (headers.get('content-type') ?? '').startsWith('text/html');

/** What the answer has already is kept, but for the first two headers: of these, only the strictest referrer policy. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  const headers = writable(c);
  headers.set('X-Content-Type-Options', 'nosniff');
  // With no-referrer, browsers send our own forms with the origin null, which reads like another site's.
  if (headers.get('Referrer-Policy') !== 'no-referrer') headers.set('Referrer-Policy', 'same-origin');
  for (const [name, value] of Object.entries(isHtml(headers) ? PAGE : DATA)) {
    if (!headers.has(name)) headers.set(name, value);
  }
};

/** Only headers that came with somebody else's answer need `c.header()`, which makes a stream of the body: more work than most answers. */
function writable(c: Context): Headers {
  try {
    c.res.headers.delete('X-Content-Type-Options');
  } catch {
    c.header('X-Content-Type-Options', 'nosniff');
  }
  return c.res.headers;
}
