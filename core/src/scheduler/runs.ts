// The runs of schedules within a time span, for calendars. Works in small pieces, since computing runs is slow.
import { type Clock, iso, yieldToEventLoop } from '../kernel/clock.ts';
import type { StoredSchedule } from '../store/schedule-store.ts';
import { nextRuns } from './cron.ts';

/** Runs to compute before yielding to the event loop: some 5 ms. */
const AT_ONCE = 100;
export const MOST_IN_ALL = 20_000;
export const MOST_RUNS = 2_000;
/** Longest span in days. */
export const MOST_DAYS = 8;

export interface RunsOf {
  name: string;
  /** ISO 8601 in UTC, in order. */
  at: string[];
  /** There are more than these. */
  capped: boolean;
}

export interface Span {
  /** Milliseconds since 1970; runs at `from` are in it, those at `to` are not. */
  from: number;
  to: number;
  /** The most runs per schedule. */
  limit: number;
}

type Timing = Pick<StoredSchedule, 'key' | 'pattern' | 'timezone'>;

/** A schedule whose time zone this machine does not know has no runs. */
export async function runsOf(schedules: readonly Timing[], { from, to, limit }: Span, clock: Clock): Promise<RunsOf[]> {
  let left = MOST_IN_ALL;
  const found: RunsOf[] = [];
  for (const { key, pattern, timezone } of schedules) {
    const most = Math.min(limit, left);
    const times = await within({ pattern, timezone }, from, to, most + 1, clock);
    const at = times.slice(0, most);
    left -= at.length;
    found.push({ name: key, at: at.map(iso), capped: times.length > most });
  }
  return found;
}

async function within(
  { pattern, timezone }: Omit<Timing, 'key'>,
  from: number,
  to: number,
  most: number,
  clock: Clock,
): Promise<number[]> {
  const times: number[] = [];
  // Most schedules run rarely: start with few.
  let ask = 10;
  let after = from - 1;
  try {
    while (times.length < most) {
      const runs = nextRuns(pattern, timezone, after, Math.min(ask, most - times.length));
      const inside = runs.filter((at) => at < to);
      times.push(...inside);
      const last = runs.at(-1);
      if (last === undefined || inside.length < runs.length) break;
      after = last;
      ask = AT_ONCE;
      await yieldToEventLoop(clock);
    }
  } catch {
    return [];
  }
  return times;
}
