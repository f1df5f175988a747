// One request for a page: who asks, the services to ask, the mount point and the time.

import {
  type Actor,
  AuditLog,
  Batches,
  BulkActions,
  Jobs,
  Limits,
  Nodes,
  optional,
  Pages,
  type PanelInfo,
  Pauses,
  type PluginContext,
  Plugins,
  type RouteContext,
  Schedules,
  Types,
} from '@phraseworks/sdk';
import type { Rights } from '@phraseworks/sdk/client';
import { isZone } from '@phraseworks/sdk/zone';
import { getCookie } from 'hono/cookie';
import { address, OWN_ROUTE, type Query, safeAddress, undoCookie } from './address.ts';
import type { tables } from './list/views-table.ts';

export const NEEDS = {
  pages: Pages,
  jobs: Jobs,
  types: Types,
  schedules: Schedules,
  pauses: Pauses,
  limits: Limits,
  batches: Batches,
  plugins: Plugins,
  nodes: Nodes,
  audit: AuditLog,
  bulk: optional(BulkActions),
};
export type Site = PluginContext<unknown, typeof NEEDS, typeof tables>;

/** The services, and who asks them. */
export type Asking = Omit<Site['needs'], 'pages'> & Pick<Site, 'request' | 'clock' | 'db'> & { actor: Actor };

/** The header with which an open page asks for its new content. */
export const UPDATE = 'x-update';

/** Where the API reference is, if a plugin serves it. */
export const API_DOCS = '/api/docs';

export interface Visit extends Asking {
  base: string;
  /** When it began, in milliseconds since 1970. */
  now: number;
  /** The path below the mount point. */
  path: string;
  query: Record<string, string>;
  /** The address of this page below the mount point, to which its forms return. */
  here: string;
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
  /** The user's permissions; the services check them again. */
  may: Rights;
  /** The pages of other plugins in the navigation. */
  panels: PanelInfo[];
  /** There are batches, which the navigation then lists. */
  hasBatches: boolean;
  /** A plugin serves the API reference. */
  hasDocs: boolean;
  /** Why jobs cannot be stored; null while they can. */
  storageProblem: string | null;
  to: (path: string, query?: Query) => string;
  /** This page with other parameters. */
  at: (query: Query) => string;
  /** Lets the rest of the site go on, so that a large page does not keep it waiting. */
  rest: () => Promise<void>;
}

export async function askingFor({ needs, request, clock, db, authorize }: Site, c: RouteContext): Promise<Asking> {
  return { ...needs, request, clock, db, actor: await authorize(c) };
}

/** Of the last action, a question before one, and an update: not of the page. */
const PASSING = Object.fromEntries(
  ['notice', 'refused', 'step', 'done', 'left', 'why', 'job', 'undo', 'ask', 'held'].map((name) => [name, undefined]),
);

export async function visitOf(site: Site, c: RouteContext): Promise<Visit> {
  const asking = await askingFor(site, c);
  const { actor, plugins, nodes, clock } = asking;
  const { base, user, plugin } = c.var;
  const { path } = c.req;
  const query = c.req.query();
  const theme = getCookie(c, 'phraseworks-jobs-theme');
  const zone = getCookie(c, 'phraseworks-jobs-zone');
  const [view, add, operate, administer, panels, pages, { info }] = await Promise.all([
    actor.may('view', 'some'),
    actor.may('add', 'some'),
    actor.may('operate', 'some'),
    actor.may('administer', 'some'),
    plugins.panels(actor),
    plugins.pages(actor),
    nodes.readiness(actor),
  ]);
  const newest = view ? await asking.batches.list(actor, { limit: 1 }) : { batches: [] };
  return {
    ...asking,
    base,
    now: clock.now(),
    path,
    query,
    here: address('', path, { ...query, ...PASSING }),
    isUpdate: c.req.header(UPDATE) !== undefined,
    user,
    undo: getCookie(c, undoCookie(query.undo ?? '')) ?? '',
    theme: theme === 'light' || theme === 'dark' ? theme : undefined,
    zone: zone !== undefined && isZone(zone) ? zone : undefined,
    plugin,
    panels,
    hasBatches: newest.batches.length > 0,
    hasDocs: pages.includes(API_DOCS),
    storageProblem: info?.storage.message ?? null,
    may: { view, add, operate, administer },
    rest: () => clock.rest(),
    to: (path, query) => address(base, path, query),
    at: (changed) => address(base, path, { ...query, ...PASSING, ...changed }),
  };
}

/** Only administrators may call plugin routes, except public ones. */
export const mayOpen = ({ may }: Visit, address: string): boolean => may.administer || !OWN_ROUTE.test(address);

/** The address of a plugin's link; undefined if it is unsafe or this user may not open it. */
export const reachable = (visit: Visit, address: string): string | undefined =>
  mayOpen(visit, address) ? safeAddress(visit.base, address) : undefined;
