// What the next clock change does to the runs of a schedule.
/** @jsxImportSource hono/jsx */

import type { ScheduleDetail } from '@phraseworks/sdk/client';
import { createZone, isZone, type Zone } from '@phraseworks/sdk/zone';
import type { Api } from '../api.ts';
import { msOf } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { readRuns } from './read.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How close a clock change must be to a run to affect it. */
const NEAR = 3 * HOUR;
/** How many days to search for a clock change. */
const AHEAD = 400;
/** A schedule with more runs around a clock change runs too often for notes. */
const MOST_RUNS = 200;

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

/** Notes for the runs that a clock change affects. `runs` are all runs in `span`, in order. */
export function clockNotes(
  runs: readonly number[],
  zone: Zone,
  pattern: string,
  span: Span = { from: runs[0] ?? 0, to: runs.at(-1) ?? 0 },
): Map<number, ClockNote> {
  const notes = new Map<number, ClockNote>();
  const times = timesOf(pattern);
  if (!times) return notes;
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

/** The next clock change after `from`, to the minute; null if there is none within a year. */
export function nextChange(zone: Zone, from: number): Change | null {
  for (let day = 0; day < AHEAD; day++) {
    const change = changeBetween(zone, from + day * DAY, from + (day + 1) * DAY);
    if (change) return change;
  }
  return null;
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

export interface ClockChange {
  day: string;
  forward: boolean;
  /** In words; empty if no run is affected. */
  notes: string[];
}

/** Null if the clocks do not change within a year, or the schedule runs too often. Throws `ClientError`. */
export async function readClockChange(
  { api, now }: Visit,
  { name, timezone, schedule }: ScheduleDetail,
): Promise<ClockChange | null> {
  const zone = zoneOf(timezone);
  const change = nextChange(zone, now);
  if (!change) return null;
  const runs = await runsAround(api, change.at, name);
  if (!runs) return null;
  const notes = clockNotes(runs.at, zone, schedule, runs.span);
  return {
    day: dayText(change.at, zone),
    forward: change.after > change.before,
    notes: [...new Set([...notes.values()].map((note) => noteText(note)))],
  };
}

/** Null if there are too many runs. */
async function runsAround(api: Api, at: number, name: string): Promise<{ at: number[]; span: Span } | null> {
  for (const distance of [DAY, NEAR]) {
    const span = { from: at - distance, to: at + distance };
    const { at: runs = [], capped } = await readRuns(api, name, span, MOST_RUNS);
    if (!capped) return { at: runs.map(msOf), span };
  }
  return null;
}

const dayText = (ms: number, { name }: Zone): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: name }).format(ms);

export function ClockChangeLine({ change }: { change: ClockChange | null }) {
  if (!change) return null;
  const { day, forward, notes } = change;
  return (
    <p class={notes.length === 0 ? 'faint' : 'clocks'}>
      Clocks go {forward ? 'forward' : 'back'} on {day}
      {notes.length === 0 ? '. No runs affected.' : `: ${notes.join('; ')}.`}
    </p>
  );
}
