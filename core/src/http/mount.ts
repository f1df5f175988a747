// Where the job system is mounted, and requests that go on from one of our addresses to an app behind it.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, Hono } from 'hono';
import { basePath } from 'hono/route';

const bases = new WeakMap<Context, string>();
/** Requests that a plugin made from inside, and the request from outside that it was answering. */
const origins = new WeakMap<Request, Context>();
const answering = new AsyncLocalStorage<Context>();

const segments = (c: Context): string[] => new URL(c.req.url).pathname.split('/');

/** The request from outside whose rights count. */
export const outermost = (c: Context): Context => origins.get(c.req.raw) ?? c;

/** Remembers the mount point; to be called first, while one of our own routes is the current one. */
export function noteBase(c: Context): void {
  const path = basePath(c).replace(/\/+$/, '');
  // As it was sent, still encoded: it goes into links and headers.
  bases.set(c, path === '' ? '' : segments(c).slice(0, path.split('/').length).join('/'));
}

/** The mount point without a slash at its end: `/jobs`, or nothing at the root. */
export const baseOf = (c: Context): string => bases.get(outermost(c)) ?? '';

/**
 * The same request with a path that counts from `/plugins/<name>` and the like: `depth` segments below the mount point are taken off.
 * The raw path is cut, segment by segment, so that an encoded slash stays what it was.
 */
export function below(c: Context, depth: number): Request {
  const url = new URL(c.req.url);
  const mounted = (bases.get(c) ?? '').split('/').length - 1;
  url.pathname = `/${segments(c)
    .slice(1 + mounted + depth)
    .join('/')}`;
  return new Request(url, c.req.raw);
}

/** Runs `fn`, so that requests from inside carry the rights of `c`. */
export const answeringFor = <R>(c: Context, fn: () => R): R => answering.run(c, fn);

/** The HTTP API from inside a plugin, with the rights of the request that the plugin is answering. */
export async function requestInside(app: Hono, path: string, init?: RequestInit): Promise<Response> {
  const request = new Request(new URL(path, 'http://localhost'), init);
  const c = answering.getStore();
  if (c) origins.set(request, c);
  return app.fetch(request);
}
