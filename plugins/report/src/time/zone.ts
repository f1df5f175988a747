// The site's time zone: which day and hour it is there at an instant, and when a day begins there.
import { DAY, dayNumber } from './days.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Zones change on quarters of an hour at the finest. */
const QUARTER = 15 * MINUTE;
const REMEMBERED = 2_000;

export interface Zone {
  readonly name: string;
  /** The number of the day there. */
  dayOf(ms: number): number;
  /** 0 to 23. */
  hourOf(ms: number): number;
  /** The first instant of a day, whether or not it has a midnight. */
  startOf(day: number): number;
  /** `09:30`. */
  timeOf(ms: number): string;
}

/** Is it a name that `Intl` knows? */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** `name`: an IANA name such as `Europe/Berlin`. */
export function createZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const offsets = new Map<number, number>();

  function measure(ms: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    const seconds = (hour * 60 + minute) * 60 + second;
    return dayNumber({ year, month, day }) * DAY + seconds * 1_000 - Math.floor(ms / 1_000) * 1_000;
  }

  /** Milliseconds that the clocks there are ahead of UTC. */
  function offset(ms: number): number {
    const quarter = Math.floor(ms / QUARTER);
    let known = offsets.get(quarter);
    if (known === undefined) {
      if (offsets.size >= REMEMBERED) offsets.clear();
      known = measure(quarter * QUARTER);
      offsets.set(quarter, known);
    }
    return known;
  }

  const local = (ms: number): number => ms + offset(ms);
  const dayOf = (ms: number): number => Math.floor(local(ms) / DAY);
  const minuteOf = (ms: number): number => Math.floor((local(ms) % DAY) / MINUTE);

  return {
    name,
    dayOf,
    hourOf: (ms) => Math.floor(minuteOf(ms) / 60),
    timeOf: (ms) => {
      const minutes = minuteOf(ms);
      return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
    },
    startOf(day) {
      // Days never go back, so the first minute that is not before this day can be searched for by halves.
      let before = day * DAY - 16 * HOUR;
      let after = day * DAY + 16 * HOUR;
      while (after - before > MINUTE) {
        const middle = Math.floor((before + after) / 2 / MINUTE) * MINUTE;
        if (dayOf(middle) >= day) after = middle;
        else before = middle;
      }
      return after;
    },
  };
}
