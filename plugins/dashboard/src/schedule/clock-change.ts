// What a clock change does to the runs of a schedule.
import { createZone, isZone, type Zone } from '@phraseworks/sdk/zone';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How close a clock change must be to a run to affect it. */
const NEAR = 3 * HOUR;

/** UTC if the name is unknown. */
export const zoneOf = (name: string): Zone => createZone(isZone(name) ? name : 'UTC');

/** Times as the clocks show them: `02:30`. */
type ClockNote =
  /** The time is skipped, so the run moves to the first moment after. */
  | { kind: 'moved'; time: string; runs: string }
  /** The times are skipped and have no run. */
  | { kind: 'missing'; from: string; to: string }
  /** The time occurs twice. */
  | { kind: 'once' | 'both'; time: string };

/** The minutes and hours of a cron expression. */
interface Times {
  minutes: readonly number[];
  hours: readonly number[];
}

/** Null unless minutes and hours are plain numbers, ranges and steps. */
function timesOf(pattern: string): Times | null {
  const [minute = '', hour = ''] = pattern.trim().split(/\s+/).slice(-5);
  const [minutes, hours] = [numbers(minute, 59), numbers(hour, 23)];
  return minutes && hours && { minutes, hours };
}

const PART = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/;

/** The numbers of `*`, `5`, `1-5`, and of `*` and ranges with a step. */
function numbers(field: string, most: number): number[] | null {
  const found = new Set<number>();
  for (const text of field.split(',')) {
    const [match, low, high, by] = PART.exec(text) ?? [];
    if (match === undefined || (low !== undefined && high === undefined && by !== undefined)) return null;
    const [to, step] = [Number(high ?? low ?? most), Number(by ?? 1)];
    if (to > most || step < 1) return null;
    for (let n = Number(low ?? 0); n <= to; n += step) found.add(n);
  }
  return [...found].sort((a, b) => a - b);
}

export function noteText(note: ClockNote): string {
  switch (note.kind) {
    case 'moved':
      return `${note.time} is skipped by the clock change; runs at ${note.runs}`;
    case 'missing':
      return `${note.from} to ${note.to} is skipped by the clock change; no runs then`;
    case 'once':
      return `${note.time} occurs twice; runs once`;
    case 'both':
      return `${note.time} occurs twice; runs both times`;
  }
}

interface Span {
  from: number;
  to: number;
}

/** Notes for the runs that a clock change affects. `runs` are in order, without a gap. */
export function clockNotes(runs: readonly number[], zone: Zone, pattern: string): Map<number, ClockNote> {
  const notes = new Map<number, ClockNote>();
  const times = timesOf(pattern);
  if (!times) return notes;
  const span = { from: runs[0] ?? 0, to: runs.at(-1) ?? 0 };
  for (const [index, run] of runs.entries()) {
    const note = forward(run, runs[index - 1] ?? span.from, zone, times) ?? back(run, runs, zone, span);
    if (note) notes.set(run, note);
  }
  return notes;
}

const names = ({ hours, minutes }: Times, minute: number): boolean =>
  hours.includes(Math.floor(minute / 60)) && minutes.includes(minute % 60);

/** The clocks went forward at this run, or since the previous one. */
function forward(run: number, before: number, zone: Zone, times: Times): ClockNote | null {
  // The first run may itself have been moved.
  const from = before === run ? run - MINUTE : Math.max(before, run - DAY);
  const change = changeBetween(zone, from, run);
  if (!change || change.after <= change.before) return null;
  const gap = (change.after - change.before) / MINUTE;
  const first = zone.minuteOf(change.at - MINUTE) + 1;
  const missing = Array.from({ length: gap }, (_, index) => (first + index) % 1_440).filter((m) => names(times, m));
  const [time] = missing;
  if (time === undefined) return null;
  const shown = zone.minuteOf(run);
  if (run === change.at && !names(times, shown)) {
    return { kind: 'moved', time: clockText(time), runs: clockText(shown) };
  }
  return { kind: 'missing', from: clockText(first % 1_440), to: clockText((first + gap) % 1_440) };
}

/** The clocks go back soon after this run, or went back shortly before it. */
function back(run: number, runs: readonly number[], zone: Zone, span: Span): ClockNote | null {
  const time = clockText(zone.minuteOf(run));
  const after = changeBetween(zone, run, run + NEAR);
  if (after && isBack(after) && run + length(after) >= after.at) {
    const again = run + length(after);
    return span.to < again ? null : { kind: runs.includes(again) ? 'both' : 'once', time };
  }
  const earlier = changeBetween(zone, run - NEAR, run);
  if (earlier && isBack(earlier) && run - length(earlier) < earlier.at && !runs.includes(run - length(earlier))) {
    return span.from <= run - length(earlier) ? { kind: 'once', time } : null;
  }
  return null;
}

const isBack = ({ before, after }: Change): boolean => after < before;
const length = ({ before, after }: Change): number => before - after;

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
  [Math.floor(minutes / 60), minutes % 60].map((n) => String(n).padStart(2, '0')).join(':');
