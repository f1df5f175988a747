// Addresses of pages, below the mount point, and which links of plugins are safe.
import { createHash } from 'node:crypto';

export type Query = Record<string, string | undefined>;

/** Without what is undefined or an empty text. */
export const given = <T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== '')) as Partial<
    Record<keyof T, never>
  >;

/** The path below `base`; empty query values are dropped. */
export function address(base: string, path: string, query: Query = {}): string {
  const to = /^\/(?:\?|$)/.test(path) ? (base || '/') + path.slice(1) : base + path;
  const parameters = String(new URLSearchParams(given(query) as Record<string, string>));
  return parameters === '' ? to : `${to}${to.includes('?') ? '&' : '?'}${parameters}`;
}

export const jobPath = (id: string): string => `/job/${encodeURIComponent(id)}`;
export const batchPath = (id: string): string => `/batch/${encodeURIComponent(id)}`;
export const panelPath = (plugin: string, id: string, page = ''): string =>
  `/panels/${encodeURIComponent(plugin)}/${encodeURIComponent(id)}${page === '' ? '' : `?page=${encodeURIComponent(page)}`}`;
export const typePath = (name: string): string => `/types/${encodeURIComponent(name)}`;
export const schedulePath = (name: string): string => `/schedule/${name.split('/').map(encodeURIComponent).join('/')}`;
export const pluginPath = (name: string): string => `/plugin/${encodeURIComponent(name)}`;

/** The cookie with the notice and the name of what an action lets `Undo` take back: no link can set it, and each tab has its own. */
export const undoCookie = (key: string): string => `phraseworks-jobs-undo-${key}`;

/** Back to a page, with the outcome in its address. */
export function seeOther(base: string, path: string, { undo, ...query }: Query = {}): Response {
  if (undo === undefined) return new Response(null, { status: 303, headers: { Location: address(base, path, query) } });
  const value = encodeURIComponent(`${query.notice} ${undo}`);
  const key = createHash('sha256').update(value).digest('hex').slice(0, 16);
  const cookie = `${undoCookie(key)}=${value}; Path=${base || '/'}; Max-Age=60; HttpOnly; SameSite=Strict`;
  const to = address(base, path, { ...query, undo: key });
  return new Response(null, { status: 303, headers: { Location: to, 'Set-Cookie': cookie } });
}

/** The page that a form was on, as its address says; the list of jobs if it says none. */
export const ownPath = (given = ''): string => (/^\/(?![/\\])[^\s\\]*$/.test(given) ? given : '/');

/** Plugins may link below the mount point or to a web page. Undefined for anything else (`javascript:`, `//host`). */
export function safeAddress(base: string, given: string): string | undefined {
  if (/^https?:\/\/[^\s\\]+$/i.test(given)) return given;
  return given !== '' && ownPath(given) === given ? base + given : undefined;
}

/** Plugins may show images from below the mount point, or as data URLs. */
export function safeImage(base: string, given: string): string | undefined {
  if (/^data:image\/(?:png|jpeg|webp|gif|avif|svg\+xml)[;,]/i.test(given)) return given;
  return /^https?:/i.test(given) ? undefined : safeAddress(base, given);
}

export const OWN_ROUTE = /^\/plugins\/[^/]+\/(?!public\/)/;
