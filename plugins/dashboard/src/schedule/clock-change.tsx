// What the next change of the clocks does to a schedule, from the runs that are planned around it.
/** @jsxImportSource hono/jsx */

import type { Api } from '../api.ts';
import type { Visit } from '../visit.ts';
import { clockNotes, noteText, type Span } from './clock-notes.ts';
import { readRuns, type ScheduleDetail } from './read.ts';
import { DAY, NEAR, nextChange, type Zone, zoneOf } from './zone.ts';

export interface ClockChange {
  day: string;
  forward: boolean;
  /** In words; empty when no run is touched. */
  notes: string[];
}

/** Null where the clocks do not change for more than a year, or the runs are too many to be looked at. Throws `Refusal`. */
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

/** All runs around an instant; null where they are too many. */
async function runsAround(api: Api, at: number, name: string): Promise<{ at: number[]; span: Span } | null> {
  for (const distance of [DAY, NEAR]) {
    const span = { from: at - distance, to: at + distance };
    const [runs] = await readRuns(api, span.from, span.to, name);
    if (runs && !runs.capped) return { at: runs.at, span };
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
