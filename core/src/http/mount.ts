// Requests between the host, this API and the plugins' own apps. Inward, `create-routes.ts` notes where the host mounted the API, for
// links, and passes requests on with that part of the path cut off. Back from a plugin, `ctx.request()` calls the API; such a call
// has the rights of the request that the plugin is answering, which `guard.ts` asks for here.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { basePath } from 'hono/route';

const mountPoints = new WeakMap<Context, string>();
/** In the environment of a plugin's own request: the outside request that the plugin was answering. */
const CALLER = Symbol('the request that a plugin answers');
const answering = new AsyncLocalStorage<Context>();

const segments = (c: Context): string[] => new URL(c.req.url).pathname.split('/');

/** The outside request, whose rights apply: for a plugin's own request, the one that the plugin is answering. */
export const callerOf = (c: Context): Context => c.env?.[CALLER] ?? c;

/** Remembers the mount point: the first of our own routes, while it is current. */
export const setMountPoint: MiddlewareHandler = async (c, next) => {
  const path = basePath(c).replace(/\/+$/, '');
  // Keep it encoded as sent: it goes into links and headers.
  mountPoints.set(c, path === '' ? '' : segments(c).slice(0, path.split('/').length).join('/'));
  await next();
};

/** The mount point without a trailing slash: `/jobs`, or empty at the root. */
export const mountPointOf = (c: Context): string => mountPoints.get(callerOf(c)) ?? '';

/** Cuts the raw path by segments, so that an encoded slash stays encoded. */
function urlWithoutPrefix(c: Context, depth: number): URL {
  const url = new URL(c.req.url);
  const mounted = (mountPoints.get(c) ?? '').split('/').length - 1;
  url.pathname = `/${segments(c)
    .slice(1 + mounted + depth)
    .join('/')}`;
  return url;
}

/** The path below the mount point. */
export const pathOf = (c: Context): string => urlWithoutPrefix(c, 0).pathname;

/** The same request without the mount point and the next `depth` segments of its path, such as `/plugins/<name>`. */
export const withoutPrefix = (c: Context, depth: number): Request => new Request(urlWithoutPrefix(c, depth), c.req.raw);

/** Runs `fn`; requests that it makes from inside have the rights of `c`. */
export const actingFor = <R>(c: Context, fn: () => R): R => answering.run(c, fn);

/** Calls the HTTP API from inside a plugin, with the rights of the request that the plugin is answering. */
export async function requestInside(app: Hono, path: string, init?: RequestInit): Promise<Response> {
  return app.fetch(new Request(new URL(path, 'http://localhost'), init), { [CALLER]: answering.getStore() });
}
