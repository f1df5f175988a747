// Lets open tabs update in turns, so that many of them do not slow down the jobs.

/** Milliseconds of work for an update in a busy process, about; an idle one needs half as many. */
const COST = 30;
/** The share that updates may take of the time in which the process works, and of the time in which it is idle. */
const WORKING = 0.02;
const IDLE = 0.5;
/** Turns that idle time leaves at most, since all others would be taken just as the jobs come. */
const LEFT = 3;
/** Milliseconds after which a tab asks again, since the process may be idle by then. */
const AGAIN = 15_000;
/** Milliseconds after which a tab that did not ask again has closed. */
const GONE = AGAIN + 5_000;
/** A flood of requests must not fill the memory. */
const MOST_WAITING = 10_000;
/** Milliseconds over which the speed is measured. */
const WINDOW = 1_000;

/** All in milliseconds since any time. */
export interface Use {
  now: number;
  worked: number;
  idle: number;
}

/** Milliseconds for which tabs that ask together share an answer, which needs a system call. */
const FRESH = 20;
let latest: Use | undefined;

/** Counts only what this process uses, since others may share the processor. */
export function processUse(): Use {
  const now = performance.now();
  if (latest && now - latest.now < FRESH) return latest;
  const { user, system } = process.cpuUsage();
  latest = { now, worked: (user + system) / 1_000, idle: performance.eventLoopUtilization().idle };
  return latest;
}

/**
 * Returns a tab's place in the line, and how many milliseconds it should wait before it asks again; 0 means that it may update now.
 * `given` is the place from the previous answer. Places must be hard to guess: anyone who knows one can take it.
 */
export function createTurns(
  use: () => Use,
  newPlace: () => string,
): (given?: string) => { place: string; wait: number } {
  let since = use();
  let reached = 0;
  /** Turns per millisecond. */
  let speed = IDLE / COST;
  let taken = -1;
  /** First come, first served: each tab with the time at which it last asked. */
  const line = new Map<string, number>();
  return (given = '') => {
    const at = use();
    const passed = Math.max(at.now - since.now, 1);
    const idle = at.idle - since.idle;
    // A process that waits for the disk or the processor seems idle at times, so count little of it unless it is mostly idle.
    const current = reached + (WORKING * (at.worked - since.worked) + IDLE * idle * (idle / passed) ** 3) / COST;
    if (passed >= WINDOW) {
      speed = Math.max((current - reached) / passed, WORKING / COST);
      reached = current;
      since = at;
    }
    const place = line.has(given) ? given : newPlace();
    if (line.has(place) || line.size < MOST_WAITING) line.set(place, at.now);
    let before = 0;
    for (const [other, asked] of line) {
      if (other === place) break;
      if (at.now - asked > GONE) line.delete(other);
      else before += 1;
    }
    taken = Math.max(taken, current - LEFT);
    const ahead = taken + 1 + before - current;
    if (ahead > 0) return { place, wait: Math.min(AGAIN, Math.ceil(ahead / speed)) };
    line.delete(place);
    taken += 1;
    return { place, wait: 0 };
  };
}
