// Keeps the site responsive while it answers reads: a few at a time, fairly between callers, each in short stretches of the event loop.
// What a viewer asks for can be large, and many viewers can ask at once. Reads whose time is over, or whose client has gone, end.
import { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { type Clock, withTimeout, yieldToEventLoop } from '../kernel/clock.ts';
import { callerOf } from './mount.ts';

/** Milliseconds after which a read rests, so that the event loop can do other work. */
const STRETCH = 10;

/** The stretches in which reads are answered. */
export class Turns {
  readonly #clock: Clock;
  #since = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when a stretch begins. Rejects if nobody waits for the answer to `c` any more. */
  async next(c: Context): Promise<void> {
    await yieldToEventLoop(this.#clock);
    this.#since = this.#clock.steady();
    if (isOver(c)) throw tooLate();
  }

  /** Undefined while the stretch lasts. */
  rest(c: Context): Promise<void> | undefined {
    return this.#clock.steady() - this.#since < STRETCH ? undefined : this.next(c);
  }
}

interface Limits {
  /** Answered at the same time, in all and for one caller. */
  atOnce: number;
  perCaller: number;
  /** Waiting, in all and for one caller. */
  waiting: number;
  waitingPerCaller: number;
}

interface Visit {
  caller: string;
  isOver: boolean;
}

const visits = new WeakMap<Context, Visit>();

const isOver = (c: Context): boolean => {
  const outside = callerOf(c);
  return visits.get(outside)?.isOver === true || outside.req.raw.signal.aborted;
};

/** Admits requests up to its limits. */
export class Gate {
  readonly #turns: Turns;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #inside = new Set<Visit>();
  #waiting: { visit: Visit; admit: () => void }[] = [];

  constructor(turns: Turns, clock: Clock, limits: Limits) {
    this.#turns = turns;
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Answers when there is a place; a request from inside a page shares that of the page. Throws `UNAVAILABLE` if too many wait, and
   * after `within` milliseconds: the work then ends at its next stretch.
   */
  async run<T>(c: Context, caller: string, within: number, work: () => T | Promise<T>): Promise<T> {
    const begin = async (): Promise<T> => {
      await this.#turns.next(c);
      return work();
    };
    if (visits.has(callerOf(c))) return begin();
    const visit: Visit = { caller, isOver: false };
    visits.set(c, visit);
    try {
      return await withTimeout(this.#clock, within, this.#place(visit).then(begin), tooLate);
    } finally {
      this.#leave(visit);
    }
  }

  async #place(visit: Visit): Promise<void> {
    if (this.#hasRoom(visit)) {
      this.#inside.add(visit);
      return;
    }
    const { waiting, waitingPerCaller } = this.#limits;
    const own = this.#waiting.filter((one) => one.visit.caller === visit.caller).length;
    if (this.#waiting.length >= waiting || own >= waitingPerCaller)
      throw new JobsError('UNAVAILABLE', 'Too many requests are waiting. Try again in a moment.', { retryAfter: 2 });
    await new Promise<void>((resolve) => {
      this.#waiting.push({ visit, admit: resolve });
    });
  }

  #hasRoom({ caller }: Visit): boolean {
    const { atOnce, perCaller } = this.#limits;
    return this.#inside.size < atOnce && [...this.#inside].filter((one) => one.caller === caller).length < perCaller;
  }

  #leave(visit: Visit): void {
    visit.isOver = true;
    this.#inside.delete(visit);
    this.#waiting = this.#waiting.filter((one) => one.visit !== visit);
    for (const { visit: next, admit } of [...this.#waiting]) {
      if (!this.#hasRoom(next)) continue;
      this.#waiting = this.#waiting.filter((one) => one.visit !== next);
      this.#inside.add(next);
      admit();
    }
  }
}

const tooLate = (): JobsError =>
  new JobsError('UNAVAILABLE', 'The answer took too long, so the work on it was stopped. Try again later.', {
    retryAfter: 5,
  });

/** Tells callers apart whom the host does not name. */
export const credentialsOf = (c: Context): string => c.req.header('authorization') ?? c.req.header('cookie') ?? '';
