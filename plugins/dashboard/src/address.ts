// Addresses of pages: all of them begin at the mount point.
import type { Visit } from './visit.ts';

export type Query = Record<string, string | undefined>;

/** The path below `base` with those parts of the query that have a value. */
export function address(base: string, path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  const to = path === '/' ? base || '/' : base + path;
  return given.length === 0 ? to : `${to}?${new URLSearchParams(given)}`;
}

export const jobPath = (id: string): string => `/job/${encodeURIComponent(id)}`;
export const panelPath = (plugin: string, id: string): string =>
  `/panels/${encodeURIComponent(plugin)}/${encodeURIComponent(id)}`;

/** Where a link that a plugin gave may lead: below the mount point, or to a web page. Anything else (`javascript:`, `//host`) is no link. */
export function safeAddress(base: string, given: string): string | undefined {
  if (/^https?:\/\/[^\s\\]+$/i.test(given)) return given;
  return /^\/(?![/\\])[^\s\\]*$/.test(given) ? base + given : undefined;
}

/** Where an image that a plugin gave may come from: below the mount point, or from the page itself. */
export function safeImage(base: string, given: string): string | undefined {
  if (/^data:image\/(?:png|jpeg|webp|gif|avif|svg\+xml)[;,]/i.test(given)) return given;
  return /^https?:/i.test(given) ? undefined : safeAddress(base, given);
}

const OWN_ROUTE = /^\/plugins\/[^/]+\/(?!public\/)/;

/** Routes of plugins are for those who administer, but for the public ones. */
export const mayOpen = ({ may }: Pick<Visit, 'may'>, address: string): boolean =>
  may.administer || !OWN_ROUTE.test(address);

/** Where a link that a plugin gave leads; undefined when it is not a link, or would lead to a refusal. */
export const reachable = (visit: Pick<Visit, 'may' | 'base'>, address: string): string | undefined =>
  mayOpen(visit, address) ? safeAddress(visit.base, address) : undefined;
