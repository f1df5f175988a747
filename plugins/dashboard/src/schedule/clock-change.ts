// What a clock change does to the runs of a schedule.
import { createZone, isZone, type Zone } from '@phraseworks/sdk/zone';

const MINUTE = 60_000;
/** How close a clock change must be to a run to affect it. */
const NEAR = 3 * 60 * MINUTE;

/** UTC if the name is unknown. */
export const zoneOf = (name: string): Zone => createZone(isZone(name) ? name : 'UTC');

/** A note at a run to which the clocks jump, or whose time they show twice; undefined for any other. */
export function clockNote(run: number, zone: Zone): string | undefined {
  const change = changeBetween(zone, run - NEAR, run + NEAR);
  if (!change) return undefined;
  const { at, before, after } = change;
  const now = clockText(zone.minuteOf(run));
  if (after > before) {
    const skipped = clockText(zone.minuteOf(run - MINUTE) + 1);
    return run === at ? `The clocks go forward from ${skipped} to ${now}; times between them run now` : undefined;
  }
  const isTwice = run >= at - (before - after) && run < at + (before - after);
  return isTwice ? `${now} occurs twice, since the clocks go back; a fixed time runs once` : undefined;
}

interface Change {
  /** The first instant after it. */
  at: number;
  /** Offsets in milliseconds. */
  before: number;
  after: number;
}

/** Finds the clock change between two instants by bisection; null if the offsets are equal. */
function changeBetween(zone: Zone, from: number, to: number): Change | null {
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

/** `02:30` of minutes since midnight. */
const clockText = (minutes: number): string =>
  [Math.floor(minutes / 60) % 24, minutes % 60].map((n) => String(n).padStart(2, '0')).join(':');
