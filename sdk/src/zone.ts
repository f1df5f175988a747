// Days and clock times in a time zone. Days are `2026-11-25`; instants are milliseconds since 1970. Pure.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Clocks change at quarters of an hour at the finest. */
const QUARTER = 15 * MINUTE;

export interface Zone {
  /** An IANA name, such as `Europe/Berlin`. */
  readonly name: string;
  /** How many milliseconds its clocks are ahead of UTC. */
  offset(ms: number): number;
  dayOf(ms: number): string;
  /** Minutes since midnight, by its clocks. */
  minuteOf(ms: number): number;
  /** The first instant of a day, even if a clock change skips its midnight. */
  startOf(day: string): number;
}

/** Whether it is the name of a time zone. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Whether it is a day of the calendar, such as `2026-11-25`. */
export const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && dayAt(Date.parse(text)) === text;

const INSTANT =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** The instant of an ISO 8601 time with its zone, such as `2026-11-25T09:00:00Z`; null for anything else. */
export const parseInstant = (text: string): number | null =>
  isDay(INSTANT.exec(text)?.[1] ?? '') ? Date.parse(text) : null;

export const addDays = (day: string, days: number): string => dayAt(Date.parse(day) + days * DAY);

/** 0 for Monday to 6 for Sunday. */
export const weekdayOf = (day: string): number => (new Date(day).getUTCDay() + 6) % 7;

/** The day in UTC; empty for an invalid time. */
const dayAt = (ms: number): string => (Number.isNaN(ms) ? '' : new Date(ms).toISOString().slice(0, 10));

/** The last zones: a formatter takes a quarter of a millisecond to make, and a page asks for the same zone at each of its times. */
const zones = new Map<string, Zone>();
const MOST_ZONES = 20;

/** Throws `RangeError` for an unknown name. */
export function createZone(name: string): Zone {
  const zone = zones.get(name) ?? makeZone(name);
  if (zones.size >= MOST_ZONES) zones.clear();
  zones.set(name, zone);
  return zone;
}

function makeZone(name: string): Zone {
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  const options = { ...fields, second: 'numeric', hourCycle: 'h23', timeZone: name } as const;
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', options);
  let known = { quarter: Number.NaN, offset: 0 };

  function measure(ms: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value);
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - ms;
  }

  function offset(ms: number): number {
    const quarter = Math.floor(ms / QUARTER);
    if (known.quarter !== quarter) known = { quarter, offset: measure(quarter * QUARTER) };
    return known.offset;
  }

  const dayOf = (ms: number): string => dayAt(ms + offset(ms));
  return {
    name,
    offset,
    dayOf,
    minuteOf: (ms) => Math.floor((((ms + offset(ms)) % DAY) + DAY) / MINUTE) % (DAY / MINUTE),
    startOf(day) {
      // Days never go back, so a binary search finds the first minute that is not before this day.
      let [before, after] = [Date.parse(day) - 16 * HOUR, Date.parse(day) + 16 * HOUR];
      while (after - before > MINUTE) {
        const middle = Math.floor((before + after) / 2 / MINUTE) * MINUTE;
        if (dayOf(middle) < day) before = middle;
        else after = middle;
      }
      return after;
    },
  };
}
