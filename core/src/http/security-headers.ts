// Headers that every answer carries; a plugin's own page may bring a policy of its own.
import type { MiddlewareHandler } from 'hono';

const NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const PAGES =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const ALWAYS = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };

/** For our own answers: data, which no browser should show, run or keep. */
const DATA = { 'Content-Security-Policy': NOTHING, 'Cache-Control': 'no-store' };
const PAGE = { 'Content-Security-Policy': PAGES, 'Cache-Control': 'no-store' };

const isHtml = (response: Response): boolean => (response.headers.get('content-type') ?? '').startsWith('text/html');

/** What the answer has already is kept, except that nobody switches `nosniff` off. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(ALWAYS)) c.header(name, value);
  for (const [name, value] of Object.entries(isHtml(c.res) ? PAGE : DATA)) {
    if (!c.res.headers.has(name)) c.header(name, value);
  }
};
