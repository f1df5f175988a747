// Sends pages and assets compressed, and a page that the browser already shows not again.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { RouteContext } from '@phraseworks/sdk';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

const compress = promisify(gzip);
/** Bytes; compressing less saves nothing. */
const LEAST = 1_000;

/** The part of the time that open pages may take with their updates, however many they are. */
const SHARE = 1 / 3;
/** Milliseconds of updates that may come at once, after a time without any. */
const BURST = 2_000;
/** Updates at the same time. */
const MOST = 10;

/** Says whether an update may be made now: its page asks again after the next event. Jobs come before pages. */
export function createShare(now: () => number) {
  let room = BURST;
  let running = 0;
  let since = now();
  const settle = (): void => {
    const passed = now() - since;
    since += passed;
    room = Math.min(BURST, room + passed * (running > 0 ? SHARE - 1 : SHARE));
  };
  return async <T>(make: () => Promise<T>): Promise<T | undefined> => {
    settle();
    if (room <= 0 || running >= MOST) return undefined;
    running += 1;
    try {
      return await make();
    } finally {
      settle();
      running -= 1;
    }
  };
}

const takesGzip = (c: RouteContext): boolean =>
  /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(c.req.header('accept-encoding') ?? '');

/** What changes with the time alone; the browser's script keeps it up to date. */
const TICKING = /(data-now="|<time [^>]*data-tick[^>]*>|<span data-since="\d+">)[^"<]*/g;

const tagOf = (page: string): string =>
  `W/"${createHash('sha256').update(page.replace(TICKING, '$1')).digest('base64url').slice(0, 22)}"`;

export async function sendPage(c: RouteContext, page: string, status: ContentfulStatusCode): Promise<Response> {
  const tag = tagOf(page);
  c.header('ETag', tag);
  if (status === 200 && c.req.header('if-none-match') === tag) return c.body(null, 304);
  return send(c, page, status, { 'Content-Type': 'text/html; charset=UTF-8' });
}

export async function send(
  c: RouteContext,
  text: string,
  status: ContentfulStatusCode,
  headers: Record<string, string>,
  compressed?: Buffer,
): Promise<Response> {
  const all = { ...headers, Vary: 'Accept-Encoding' };
  if (text.length < LEAST || !takesGzip(c)) return c.body(text, status, all);
  return c.body(new Uint8Array(compressed ?? (await compress(text))), status, { ...all, 'Content-Encoding': 'gzip' });
}
