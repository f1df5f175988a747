// What to fire now: the run that is due, and what the policy makes of runs that were missed while no process ran.
import type { MissedRuns } from '@phraseworks/sdk';
import { lastRuns, next } from './cron.ts';

/** The newest run is not missed, only a little late, for this long: a restart must not cost a nightly job. */
const GRACE = 60_000;

export interface Plan {
  pattern: string;
  timezone: string;
  missed: MissedRuns;
  /** The first run that was not fired. */
  nextAt: number;
}

export interface Due {
  /** The runs to fire now, oldest first, each with the time it was planned for. */
  ticks: number[];
  /** The first run after now; null when there is none left. */
  next: number | null;
}

/**
 * The newest run fires under every policy when it is at most a minute late. Of the older ones `skip` fires none, `once` fires the
 * newest instead of all (when none is on time), and `{ all: n }` the newest `n`.
 */
export function dueRuns({ pattern, timezone, missed, nextAt }: Plan, now: number): Due {
  if (nextAt > now) return { ticks: [], next: nextAt };
  const most = typeof missed === 'object' ? missed.all : 0;
  const recent = lastRuns(pattern, timezone, now, most + 1).filter((tick) => tick >= nextAt);
  // The rules of a time zone may have changed since the run was planned: better at the old time than not at all.
  const runs = recent.length > 0 ? recent : [nextAt];
  const newest = runs.at(-1) ?? nextAt;
  const onTime = now - newest <= GRACE;
  return { ticks: chosen(runs, onTime, missed), next: next(pattern, timezone, now) };
}

function chosen(runs: number[], onTime: boolean, missed: MissedRuns): number[] {
  if (typeof missed === 'object') return onTime ? runs : runs.slice(-missed.all);
  return onTime || missed === 'once' ? runs.slice(-1) : [];
}
