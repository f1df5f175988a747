// Times for people: how long ago, how long it took; the exact time is beside it for machines and as a tooltip.
/** @jsxImportSource hono/jsx */

import { formatDuration } from '@phraseworks/sdk';
import { msOf, relative } from './relative.ts';

export { msOf, relative, roughly } from './relative.ts';

/** `2026-01-31 09:00:00 UTC`. */
export const exact = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;

const DAY_AND_TIME = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
} as const;
const formats = new Map<string, Intl.DateTimeFormat>();

/** `Sat, 31 Jan, 09:00` in the zone; in UTC when the zone is not known here. */
export function inZone(at: string, zone: string): string {
  let format = formats.get(zone);
  if (!format) {
    try {
      format = new Intl.DateTimeFormat('en-GB', { ...DAY_AND_TIME, timeZone: zone });
    } catch {
      format = new Intl.DateTimeFormat('en-GB', { ...DAY_AND_TIME, timeZone: 'UTC' });
    }
    formats.set(zone, format);
  }
  return format.format(msOf(at));
}

interface WhenProps {
  at: string;
  now: number;
  /** Something is to happen then: once it is past, it is due. */
  due?: boolean;
}

/** The script keeps its words right while the page is open. */
export const When = ({ at, now, due = false }: WhenProps) => (
  <time datetime={at} title={exact(at)} data-tick={due ? 'due' : 'at'}>
    {relative(msOf(at), now)}
  </time>
);

/** Milliseconds between two times, or up to now. */
export const between = (from: string, to: string | null, now: number): number =>
  Math.max((to === null ? now : msOf(to)) - msOf(from), 0);

/** How long something has gone on, from and to in milliseconds since 1970; the script counts on. */
export const Length = ({ from, to }: { from: number; to: number }) => (
  <span data-since={from}>{formatDuration(to - from)}</span>
);
