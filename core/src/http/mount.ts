// Where the job system is mounted, and requests that are passed on to a plugin's app or come from inside it.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, Hono } from 'hono';
import { basePath } from 'hono/route';

const bases = new WeakMap<Context, string>();
/** Requests from inside a plugin, with the outside request that the plugin was answering. */
const origins = new WeakMap<Request, Context>();
const answering = new AsyncLocalStorage<Context>();

const segments = (c: Context): string[] => new URL(c.req.url).pathname.split('/');

/** The outside request, whose rights apply. */
export const outermost = (c: Context): Context => origins.get(c.req.raw) ?? c;

/** Remembers the mount point. Call it first, while one of our own routes is current. */
export function noteBase(c: Context): void {
  const path = basePath(c).replace(/\/+$/, '');
  // Keep it encoded as sent: it goes into links and headers.
  bases.set(c, path === '' ? '' : segments(c).slice(0, path.split('/').length).join('/'));
}

/** The mount point without a trailing slash: `/jobs`, or empty at the root. */
export const baseOf = (c: Context): string => bases.get(outermost(c)) ?? '';

/**
 * The same request without the mount point and the next `depth` segments of its path, such as `/plugins/<name>`.
 * Cuts the raw path by segments, so that an encoded slash stays encoded.
 */
export function below(c: Context, depth: number): Request {
  const url = new URL(c.req.url);
  const mounted = (bases.get(c) ?? '').split('/').length - 1;
  url.pathname = `/${segments(c)
    .slice(1 + mounted + depth)
    .join('/')}`;
  return new Request(url, c.req.raw);
}

/** Runs `fn`; requests that it makes from inside have the rights of `c`. */
export const answeringFor = <R>(c: Context, fn: () => R): R => answering.run(c, fn);

/** Calls the HTTP API from inside a plugin, with the rights of the request that the plugin is answering. */
export async function requestInside(app: Hono, path: string, init?: RequestInit): Promise<Response> {
  const request = new Request(new URL(path, 'http://localhost'), init);
  const c = answering.getStore();
  if (c) origins.set(request, c);
  return app.fetch(request);
}
