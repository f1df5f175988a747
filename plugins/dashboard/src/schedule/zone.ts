// Calendar arithmetic in a time zone: local time, the start of a day, and clock changes.

const MINUTE = 60_000;
const HOUR = 3_600_000;
export const DAY = 86_400_000;
/** How many days to search for a clock change. */
const AHEAD = 400;

export interface Zone {
  name: string;
  /** The offset from UTC in milliseconds. */
  offset(ms: number): number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const FIELDS = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const;

function formatOf(name: string): Intl.DateTimeFormat {
  const known = formats.get(name);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', { ...FIELDS, timeZone: name });
  formats.set(name, made);
  return made;
}

/** UTC if the name is unknown. */
export function zoneOf(name: string): Zone {
  let format: Intl.DateTimeFormat;
  try {
    format = formatOf(name);
  } catch {
    return zoneOf('UTC');
  }
  return {
    name,
    offset(ms) {
      const second = Math.floor(ms / 1_000) * 1_000;
      const part: Record<string, number> = {};
      for (const { type, value } of format.formatToParts(second)) part[type] = Number(value);
      const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second: s = 0 } = part;
      // biome-ignore lint/style/noRestrictedGlobals: arithmetic of the calendar, not the clock
      return Date.UTC(year, month - 1, day, hour, minute, s) - second;
    },
  };
}

/** ISO 8601 in UTC. */
// biome-ignore lint/style/noRestrictedGlobals: writes a time, does not ask for it
export const iso = (ms: number): string => new Date(ms).toISOString();

const two = (n: number): string => String(n).padStart(2, '0');

/** Local time in minutes since midnight. */
export const minuteOfDay = (zone: Zone, ms: number): number => Math.floor(modulo(ms + zone.offset(ms), DAY) / MINUTE);

/** `02:30` of minutes since midnight. */
export const clockText = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

const modulo = (n: number, by: number): number => ((n % by) + by) % by;

/** The start of the day of `ms`, plus `days`. */
export function startOfDay(zone: Zone, ms: number, days = 0): number {
  const midnight = Math.floor((ms + zone.offset(ms)) / DAY + days) * DAY;
  // Approximate the offset at midnight, then correct it for days with a clock change.
  const guess = midnight - zone.offset(midnight - zone.offset(ms));
  const start = midnight - zone.offset(guess);
  // If the clocks skip midnight, `start` is still on the previous day.
  return start + zone.offset(start) < midnight ? guess : start;
}

export interface Change {
  /** The first instant after it. */
  at: number;
  /** Offsets in milliseconds. */
  before: number;
  after: number;
}

/** The next clock change after `from`, to the minute; null if there is none within a year. */
export function nextChange(zone: Zone, from: number): Change | null {
  const before = zone.offset(from);
  for (let day = 1; day <= AHEAD; day++) {
    const end = from + day * DAY;
    if (zone.offset(end) === before) continue;
    return changeBetween(zone, end - DAY, end);
  }
  return null;
}

/** Finds the clock change between two instants by bisection; null if the offsets are equal. */
export function changeBetween(zone: Zone, from: number, to: number): Change | null {
  const before = zone.offset(from);
  if (zone.offset(to) === before) return null;
  let low = Math.floor(from / MINUTE) * MINUTE;
  let high = Math.ceil(to / MINUTE) * MINUTE;
  while (high - low > MINUTE) {
    const middle = Math.floor((low + high) / 2 / MINUTE) * MINUTE;
    if (zone.offset(middle) === before) low = middle;
    else high = middle;
  }
  return { at: high, before, after: zone.offset(high) };
}

/** How close a clock change must be to a run to affect it. */
export const NEAR = 3 * HOUR;
