// What the address of the list says: filters, page, and whether the page renews itself.
import type { JobState } from '@phraseworks/sdk';
import type { Query } from '../address.ts';
import { isState } from '../state.tsx';
import { msOf } from '../time.tsx';

const HOUR = 3_600_000;

/** Ranges that end now. */
export const WITHIN = { '1h': HOUR, '6h': 6 * HOUR, '24h': 24 * HOUR, '7d': 168 * HOUR, '30d': 720 * HOUR } as const;
export type Within = keyof typeof WITHIN;

export interface ListQuery {
  status: JobState | undefined;
  type: string | undefined;
  plugin: string | undefined;
  schedule: string | undefined;
  q: string | undefined;
  within: Within | undefined;
  /** As a form field gives them, in UTC: `2026-01-31T09:00`. */
  from: string | undefined;
  to: string | undefined;
  cursor: string | undefined;
  /** Without a script the page renews itself while something runs; `live=0` stops that. */
  live: boolean;
}

/** What is not valid counts as not given, so that an old or mistyped address still shows jobs. */
export function readListQuery(given: Record<string, string>): ListQuery {
  const text = (name: string, longest: number): string | undefined =>
    given[name]?.trim().slice(0, longest) || undefined;
  const minute = (name: string): string | undefined =>
    Number.isFinite(timeOf(given[name] ?? '')) ? given[name] : undefined;
  const { status = '', within = '' } = given;
  return {
    status: isState(status) ? status : undefined,
    type: text('type', 190),
    plugin: text('plugin', 190),
    schedule: text('schedule', 190),
    q: text('q', 200),
    within: Object.hasOwn(WITHIN, within) ? (within as Within) : undefined,
    from: minute('from'),
    to: minute('to'),
    cursor: text('cursor', 500),
    live: given.live !== '0',
  };
}

/** The query of an address that shows this list. */
export const queryOf = ({ live, ...list }: ListQuery): Query => ({ ...list, live: live ? undefined : '0' });

export interface Filter {
  status?: JobState;
  type?: string;
  plugin?: string;
  schedule?: string;
  q?: string;
  /** Milliseconds since 1970. */
  from?: number;
  to?: number;
}

/** What the API is asked for. */
export function filterOf({ status, type, plugin, schedule, q, within, from, to }: ListQuery, now: number): Filter {
  const since = from === undefined ? within && now - WITHIN[within] : timeOf(from);
  return {
    ...(status === undefined ? {} : { status }),
    ...(type === undefined ? {} : { type }),
    ...(plugin === undefined ? {} : { plugin }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(q === undefined ? {} : { q }),
    ...(since === undefined ? {} : { from: since }),
    ...(to === undefined ? {} : { to: timeOf(to) }),
  };
}

/** Is a filter set that the counts of states and types do not know? */
export const isNarrowed = ({ plugin, schedule, q, within, from, to }: ListQuery): boolean =>
  [plugin, schedule, q, within, from, to].some((part) => part !== undefined);

/** Is a filter set? */
export const isFiltered = (list: ListQuery): boolean =>
  list.status !== undefined || list.type !== undefined || isNarrowed(list);

const timeOf = (text: string): number => (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? msOf(`${text}:00Z`) : Number.NaN);
