// The figures of a period from the service Figures: of its days, or of the hours of a single day.
import type { Figures, FiguresBetween, JobFigures } from '@phraseworks/sdk';
import type { Zone } from '@phraseworks/sdk/zone';
import type { Period, Span } from '../time.ts';

export type Outcome = 'completed' | 'failed' | 'retried' | 'cancelled';

export interface PeriodFigures extends Omit<FiguresBetween, 'stretches' | 'since'> {
  days: readonly string[];
  /** In the order of `days`; of a single day its hours, 0 to 23. */
  parts: JobFigures[];
}

export interface ComparedFigures {
  now: PeriodFigures;
  before: PeriodFigures;
  /** Milliseconds since 1970. */
  since: number;
}

const HOUR = 3_600_000;
const HOURS = 24;
const COUNTS = ['added', 'completed', 'failed', 'cancelled', 'retried'] as const;
const NOTHING: JobFigures = {
  added: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  retried: 0,
  waitP50: null,
  waitP95: null,
  runP50: null,
  runP95: null,
};

export async function readFigures(figures: Figures, period: Period, zone: Zone): Promise<ComparedFigures> {
  const { since, ...now } = await read(figures, period, period.every === 'day', zone);
  const { since: _since, ...before } = await read(figures, period.before, false, zone);
  return { now, before, since };
}

async function read(figures: Figures, { days, from, to }: Span, byHour: boolean, zone: Zone) {
  const times = [...(byHour ? hoursFrom(from, to) : days.map((day) => zone.startOf(day))), to];
  const { stretches, ...whole } = await figures.between(times);
  return { ...whole, days, parts: byHour ? byClock(stretches, times, zone) : stretches };
}

function hoursFrom(from: number, to: number): number[] {
  const hours: number[] = [];
  for (let at = from; at < to; at += HOUR) hours.push(at);
  return hours;
}

/** By the hour that the clock showed: with a change of clocks, one hour may be missing or have passed twice. */
function byClock(stretches: readonly JobFigures[], times: readonly number[], zone: Zone): JobFigures[] {
  const hours = Array.from({ length: HOURS }, () => ({ ...NOTHING }));
  for (const [n, stretch] of stretches.entries()) {
    const hour = hours[Math.floor(zone.minuteOf(times[n] ?? 0) / 60)];
    if (hour) for (const name of COUNTS) hour[name] += stretch[name];
  }
  return hours;
}

/** All jobs that ended. */
export const ended = ({ completed, failed, cancelled }: JobFigures): number => completed + failed + cancelled;
