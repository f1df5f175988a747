// What the address of the list says: filters, page, and whether the page renews itself.
import type { JobState } from '@phraseworks/sdk';
import type { Query } from '../address.ts';
import { isState } from '../state.tsx';

export interface ListQuery {
  status: JobState | undefined;
  type: string | undefined;
  q: string | undefined;
  cursor: string | undefined;
  /** Renews itself while something runs; `live=0` stops that. */
  live: boolean;
}

/** What is not valid counts as not given, so that an old or mistyped address still shows jobs. */
export function readListQuery(given: Record<string, string>): ListQuery {
  const text = (name: string, longest: number): string | undefined =>
    given[name]?.trim().slice(0, longest) || undefined;
  const status = given.status ?? '';
  return {
    status: isState(status) ? status : undefined,
    type: text('type', 190),
    q: text('q', 200),
    cursor: text('cursor', 500),
    live: given.live !== '0',
  };
}

/** The query of an address that shows this list. */
export const queryOf = ({ status, type, q, cursor, live }: ListQuery): Query => ({
  status,
  type,
  q,
  cursor,
  live: live ? undefined : '0',
});

/** Is a filter set? */
export const isFiltered = ({ status, type, q }: ListQuery): boolean =>
  status !== undefined || type !== undefined || q !== undefined;
