// Lets open tabs update in turns, so that many of them do not slow down the jobs.

/** Milliseconds of work for an update in a busy process, about; an idle one needs half as many. */
const COST = 30;
/** The share that updates may take of the time in which the process works, and of the time in which it is idle. */
const WORKING = 0.02;
const IDLE = 0.5;
/** No turn is later, since a tab that asks too often would keep all others waiting. */
const LONGEST = 180_000;
const MOST_AHEAD = (LONGEST * WORKING) / COST;
/** Turns that idle time leaves at most, since all others would be taken just as the jobs come. */
const LEFT = 3;
/** Milliseconds after which a tab asks again, since the process may be idle by then. */
const AGAIN = 15_000;
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

/** The turn of an update, and the milliseconds until then or until the tab shall ask again; 0: now. `given` is the turn that the tab was told before. */
export function createTurns(use: () => Use): (given?: number) => { turn: number; wait: number } {
  let since = use();
  let reached = 0;
  /** Turns per millisecond. */
  let speed = IDLE / COST;
  let free = 0;
  let next = 0;
  return (given = Number.POSITIVE_INFINITY) => {
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
    let turn = given;
    if (!(given < free) || (given <= current && current < next)) {
      turn = Math.min(Math.max(free, current, next), current + MOST_AHEAD);
      free = turn + 1;
    }
    if (turn > current) return { turn, wait: Math.min(AGAIN, Math.ceil((turn - current) / speed)) };
    next = Math.max(next, current - LEFT) + 1;
    return { turn, wait: 0 };
  };
}
