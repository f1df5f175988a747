// What a change of the clocks does to runs: a time that does not exist, a time that comes twice. Pure.
import type { Pattern } from './pattern.ts';
import { type Change, changeBetween, clockText, DAY, minuteOfDay, NEAR, type Zone } from './zone.ts';

const MINUTE = 60_000;

/** Times as the clocks show them: `02:30`. */
export type ClockNote =
  /** The time of a run does not exist, so that it comes at the first moment after. */
  | { kind: 'moved'; time: string; runs: string }
  /** Times in between do not exist, and have no run. */
  | { kind: 'missing'; from: string; to: string }
  /** The time comes twice. */
  | { kind: 'once' | 'both'; time: string };

/** From one instant to another. */
export interface Span {
  from: number;
  to: number;
}

/** For each run that a change of the clocks touches, by its instant. `runs` are in order, and all that there are in `span`: from the first to the last of them by default. */
export function clockNotes(
  runs: readonly number[],
  zone: Zone,
  pattern: Pattern | null,
  span: Span = { from: runs[0] ?? 0, to: runs.at(-1) ?? 0 },
): Map<number, ClockNote> {
  const notes = new Map<number, ClockNote>();
  if (!pattern) return notes;
  for (const [index, run] of runs.entries()) {
    const note = forward(run, runs[index - 1] ?? span.from, zone, pattern) ?? back(run, runs, zone, span);
    if (note) notes.set(run, note);
  }
  return notes;
}

const names = ({ hours, minutes }: Pattern, minute: number): boolean =>
  hours.includes(Math.floor(minute / 60)) && minutes.includes(minute % 60);

/** The clocks went forward at this run, or between it and the one before. */
function forward(run: number, before: number, zone: Zone, pattern: Pattern): ClockNote | null {
  // The first of them may have been moved itself.
  const from = before === run ? run - MINUTE : Math.max(before, run - DAY);
  const change = changeBetween(zone, from, run);
  if (!change || change.after <= change.before) return null;
  const gap = (change.after - change.before) / MINUTE;
  const first = minuteOfDay(zone, change.at - MINUTE) + 1;
  const missing = Array.from({ length: gap }, (_, index) => (first + index) % 1_440).filter((m) => names(pattern, m));
  const [time] = missing;
  if (time === undefined) return null;
  const shown = minuteOfDay(zone, run);
  if (run === change.at && !names(pattern, shown)) {
    return { kind: 'moved', time: clockText(time), runs: clockText(shown) };
  }
  return { kind: 'missing', from: clockText(first % 1_440), to: clockText((first + gap) % 1_440) };
}

/** The clocks go back soon after this run, or went back shortly before it. */
function back(run: number, runs: readonly number[], zone: Zone, span: Span): ClockNote | null {
  const time = clockText(minuteOfDay(zone, run));
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
