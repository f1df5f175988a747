// Relative times and durations; the exact time is in the markup and the tooltip.
/** @jsxImportSource hono/jsx */

import { formatDuration } from '@phraseworks/sdk';
import { isZone } from '@phraseworks/sdk/zone';
import { msOf, relative, UNITS } from './relative.ts';

export { msOf, relative } from './relative.ts';

/** `2026-01-31 09:00:00 UTC`. */
const exact = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;

const DAY_AND_TIME = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
} as const;
const MOST_FORMATS = 500;
const formats = new Map<string, Intl.DateTimeFormat>();

/** `Sat, 31 Jan, 09:00` in the zone, or in UTC if the zone is unknown; with `year`, `Sat, 31 Jan 2026, 09:00`. */
export function inZone(at: string, zone: string, year = false): string {
  const key = year ? `${zone} year` : zone;
  let format = formats.get(key);
  if (!format) {
    const parts = { ...DAY_AND_TIME, ...(year ? { year: 'numeric' as const } : {}) };
    format = new Intl.DateTimeFormat('en-GB', { ...parts, timeZone: isZone(zone) ? zone : 'UTC' });
    // A name may come from a crafted address, in any upper and lower case.
    if (formats.size >= MOST_FORMATS) formats.clear();
    formats.set(key, format);
  }
  return format.format(msOf(at));
}

/** `Sat, 31 Jan 2026, 09:00` in the zone, with the exact time as a tooltip. */
export function At({ ms, zone }: { ms: number; zone: string }) {
  // biome-ignore lint/style/noRestrictedGlobals: writes a time, does not ask for it
  const at = new Date(ms).toISOString();
  return (
    <time datetime={at} title={exact(at)}>
      {inZone(at, zone, true)}
    </time>
  );
}

interface WhenProps {
  at: string;
  now: number;
  /** A time in the future; once past, it shows `now`. */
  due?: boolean;
}

/** A time of day, in UTC until the script writes the reader's; with `date`, also its day. */
export const TimeOfDay = ({ at, date = false }: { at: string; date?: boolean }) => (
  <time datetime={at} title={exact(at)} data-local={date ? 'date' : 'clock'}>
    {date ? `${at.slice(0, 10)} ${at.slice(11, 23)} UTC` : at.slice(11, 23)}
  </time>
);

/** The script keeps the text up to date. */
export const When = ({ at, now, due = false }: WhenProps) => (
  <time datetime={at} title={exact(at)} data-tick={due ? 'due' : 'at'}>
    {relative(msOf(at), now)}
  </time>
);

/** Of an axis, whose numbers are round: `500 ms`, `1.5 s`, `2 h`. */
export function markText(ms: number): string {
  const [unit, size] = UNITS.find(([, length]) => ms >= length) ?? ['ms', 1];
  return ms === 0 ? '0' : `${Number((ms / size).toFixed(1))} ${unit}`;
}

/** Milliseconds between two times; until now without an end. */
export const between = (from: string, to: string | null, now: number): number =>
  Math.max((to === null ? now : msOf(to)) - msOf(from), 0);

/** The duration of something that is still going on; the script keeps counting. */
export const Length = ({ from, to }: { from: number; to: number }) => (
  <span data-since={from}>{formatDuration(to - from)}</span>
);
