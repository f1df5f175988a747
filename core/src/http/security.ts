// Protects browsers: sets headers on every response, and detects requests from pages of other sites.
import type { Context, MiddlewareHandler } from 'hono';

const NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const PAGES =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const isHtml = (headers: Headers): boolean => (headers.get('content-type') ?? '').startsWith('text/html');

/** Keeps headers that the response already has, such as the policy of a plugin's page, but overrides the first two. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  const headers = writable(c);
  headers.set('X-Content-Type-Options', 'nosniff');
  // With no-referrer, browsers send our own forms with the origin null, which looks like another site.
  if (headers.get('Referrer-Policy') !== 'no-referrer') headers.set('Referrer-Policy', 'same-origin');
  // The API returns data, which no browser should show, run or cache.
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  // A policy in a 304 would replace that of the page which the browser has.
  if (c.res.status === 304 || headers.has('Content-Security-Policy')) return;
  headers.set('Content-Security-Policy', isHtml(headers) ? PAGES : NOTHING);
};

/** The headers of a plugin's response may be immutable. Only then use `c.header()`, which turns the body into a stream. */
function writable(c: Context): Headers {
  try {
    c.res.headers.delete('X-Content-Type-Options');
  } catch {
    c.header('X-Content-Type-Options', 'nosniff');
  }
  return c.res.headers;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export const isWrite = (method: string): boolean => !SAFE.has(method);

/**
 * True when a browser sent the request for a page of another origin; a page cannot fake these headers. Clients that are not browsers
 * send neither header and pass. `trusted` lists further origins, exactly as the browser writes them.
 */
export function isCrossSite(headers: Headers, trusted: readonly string[] = []): boolean {
  const origin = headers.get('origin');
  if (origin !== null && trusted.includes(origin)) return false;
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  return origin !== null && !isOwn(origin, headers.get('host'));
}

/** Ignores the scheme: a proxy in front of us may have terminated TLS. */
function isOwn(origin: string, host: string | null): boolean {
  const match = /^https?:\/\/([^/]+)$/i.exec(origin);
  return match !== null && host !== null && match[1]?.toLowerCase() === host.toLowerCase();
}

export const hasBearer = (headers: Headers): boolean => /^bearer +\S/i.test(headers.get('authorization') ?? '');

/** The user followed a link: the other site cannot read the answer. */
export const isNavigation = (headers: Headers): boolean => headers.get('sec-fetch-mode') === 'navigate';
