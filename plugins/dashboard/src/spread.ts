// Spreads the updates of open tabs over time, so that many of them do not slow down the jobs.

/** Milliseconds between two updates of a tab, at least. */
const EVERY = 2_500;
/** At most, since a tab that asks more often than it may would keep all others waiting. */
const LONGEST = 60_000;
/** What an update costs, about. */
const COST = 10;
/** The share of the process that updates may take: while it has nothing else to do, and while it is busy. */
const MOST = 0.5;
const LEAST = 0.04;
const WINDOW = 1_000;

interface SpreadOptions {
  now(): number;
  /** How busy the process is, 0 to 1. */
  busy(): number;
}

/** Returns the milliseconds after which the tab that is updated now may ask again. */
export function createSpread({ now, busy }: SpreadOptions): () => number {
  let free = 0;
  return () => {
    const at = now();
    const slot = Math.min(Math.max(at + EVERY, free), at + LONGEST);
    free = slot + COST / Math.max(LEAST, MOST * (1 - busy()));
    return Math.round(slot - at);
  };
}

/** The share of the last second or more in which the event loop was not idle. */
export function loopUse(): () => number {
  let last = performance.eventLoopUtilization();
  let share = 0;
  return () => {
    const { active, idle, utilization } = performance.eventLoopUtilization(last);
    if (active + idle < WINDOW) return share;
    last = performance.eventLoopUtilization();
    share = utilization;
    return share;
  };
}
