// Times for people: how long ago, how long it took; the exact time stands beside it for machines and as a tooltip.
/** @jsxImportSource hono/jsx */
import { formatDuration } from '@phraseworks/sdk';

/** Milliseconds since 1970 of an ISO 8601 time. */
// biome-ignore lint/style/noRestrictedGlobals: reads a text, not the clock
export const msOf = (at: string): number => Date.parse(at);

/** Like `formatDuration`, with no digits that nobody needs: `5 s`. */
export const roughly = (ms: number): string =>
  ms >= 1_000 && ms < 10_000 ? `${Math.round(ms / 1_000)} s` : formatDuration(ms);

/** `4 s ago`, `in 2 min`, `now`. */
export function relative(at: number, now: number): string {
  const distance = at - now;
  if (Math.abs(distance) < 1_000) return 'now';
  return distance < 0 ? `${roughly(-distance)} ago` : `in ${roughly(distance)}`;
}

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

export const When = ({ at, now }: { at: string; now: number }) => (
  <time datetime={at} title={exact(at)}>
    {relative(msOf(at), now)}
  </time>
);

/** Milliseconds between two times, or up to now. */
export const between = (from: string, to: string | null, now: number): number =>
  Math.max((to === null ? now : msOf(to)) - msOf(from), 0);
