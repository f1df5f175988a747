// One request for a page: the user, the mount point, the time and the API.

import type { PluginClock, PluginContext, PluginVariables } from '@phraseworks/sdk';
import type { PanelInfo, Rights } from '@phraseworks/sdk/client';
import { isZone } from '@phraseworks/sdk/zone';
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { address, OWN_ROUTE, type Query, safeAddress, undoCookie } from './address.ts';
import { API_DOCS, type Api, apiFor } from './api.ts';

export interface Visit {
  api: Api;
  base: string;
  /** When it began, in milliseconds since 1970. */
  now: number;
  clock: PluginClock;
  /** The path below the mount point. */
  path: string;
  query: Record<string, string>;
  /** An open page asks for its new content. */
  isUpdate: boolean;
  user: string | undefined;
  /** What the action that led here could take back: its notice and a name. */
  undo: string;
  /** Undefined: that of the system. */
  theme: 'light' | 'dark' | undefined;
  /** The time zone of the browser, which the script writes to a cookie; undefined before the script ran. */
  zone: string | undefined;
  /** The name of the dashboard itself. */
  plugin: string;
  /** The user's permissions; the API checks them again. */
  may: Rights;
  /** The pages of other plugins in the navigation. */
  panels: PanelInfo[];
  /** A plugin serves the API reference. */
  hasDocs: boolean;
  /** Why jobs cannot be stored; null while they can. */
  storageProblem: string | null;
  to: (path: string, query?: Query) => string;
  /** Lets the rest of the site go on, so that a large page does not keep it waiting. */
  rest: () => Promise<void>;
}

export type PageContext = Context<{ Variables: PluginVariables }>;

export async function visitOf(
  c: PageContext,
  { request, clock }: { request: PluginContext['request']; clock: PluginClock },
): Promise<Visit> {
  const { base, user, plugin } = c.var;
  const theme = getCookie(c, 'phraseworks-jobs-theme');
  const zone = getCookie(c, 'phraseworks-jobs-zone');
  const api = apiFor(request, c.req.raw.headers);
  const { may, panels, pages, storageProblem } = await api.me();
  return {
    api,
    base,
    now: clock.now(),
    clock,
    path: c.req.path,
    query: c.req.query(),
    isUpdate: c.req.header('x-update') !== undefined,
    user,
    undo: getCookie(c, undoCookie(c.req.query('undo') ?? '')) ?? '',
    theme: theme === 'light' || theme === 'dark' ? theme : undefined,
    zone: zone !== undefined && isZone(zone) ? zone : undefined,
    plugin,
    panels,
    hasDocs: pages.includes(API_DOCS),
    storageProblem,
    may,
    rest: () => clock.rest(),
    to: (path, query) => address(base, path, query),
  };
}

/** Only administrators may call plugin routes, except public ones. */
export const mayOpen = ({ may }: Pick<Visit, 'may'>, address: string): boolean =>
  may.administer || !OWN_ROUTE.test(address);

/** The address of a plugin's link; undefined if it is unsafe or this user may not open it. */
export const reachable = (visit: Pick<Visit, 'may' | 'base'>, address: string): string | undefined =>
  mayOpen(visit, address) ? safeAddress(visit.base, address) : undefined;
