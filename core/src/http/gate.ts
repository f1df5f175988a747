// Keeps the site responsive while it answers: a few reads at a time, fairly between callers. Reads that have timed out, or whose client has
// gone, end at their next stretch.
import { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { type Turns, tooLate } from '../access/turns.ts';
import { type Clock, withTimeout } from '../kernel/clock.ts';
import { callerOf } from './mount.ts';

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
  /** It has timed out. */
  over: AbortController;
}

const visits = new WeakMap<Context, Visit>();

/** Fires when the answer to this request is no longer wanted. */
export function signalOf(c: Context): AbortSignal {
  const outside = callerOf(c);
  const visit = visits.get(outside);
  const { signal } = outside.req.raw;
  return visit ? AbortSignal.any([signal, visit.over.signal]) : signal;
}

/** Admits requests up to its limits. */
export class Gate {
  readonly #needs;
  readonly #inside = new Set<Visit>();
  #waiting: { visit: Visit; admit: () => void }[] = [];

  constructor(needs: { turns: Turns; clock: Clock; limits: Limits }) {
    this.#needs = needs;
  }

  /**
   * Answers when there is a place; a request from inside a page shares that of the page. Throws `UNAVAILABLE` if too many wait, and
   * after `within` milliseconds: the work then ends at its next stretch.
   */
  async run<T>(c: Context, caller: string, within: number, work: () => T | Promise<T>): Promise<T> {
    const begin = async (): Promise<T> => {
      await this.#needs.turns.next({ signal: signalOf(c) });
      return work();
    };
    if (visits.has(callerOf(c))) return begin();
    const visit: Visit = { caller, over: new AbortController() };
    visits.set(c, visit);
    try {
      return await withTimeout(this.#needs.clock, within, this.#place(visit).then(begin), tooLate);
    } finally {
      this.#leave(visit);
    }
  }

  async #place(visit: Visit): Promise<void> {
    if (this.#hasRoom(visit)) {
      this.#inside.add(visit);
      return;
    }
    const { waiting, waitingPerCaller } = this.#needs.limits;
    const own = this.#waiting.filter((one) => one.visit.caller === visit.caller).length;
    if (this.#waiting.length >= waiting || own >= waitingPerCaller)
      throw new JobsError('UNAVAILABLE', 'Too many requests are waiting. Try again in a moment.', { retryAfter: 2 });
    await new Promise<void>((resolve) => {
      this.#waiting.push({ visit, admit: resolve });
    });
  }

  #hasRoom({ caller }: Visit): boolean {
    const { atOnce, perCaller } = this.#needs.limits;
    return this.#inside.size < atOnce && [...this.#inside].filter((one) => one.caller === caller).length < perCaller;
  }

  #leave(visit: Visit): void {
    visit.over.abort();
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

/** Tells callers apart whom the host does not name. */
export const credentialsOf = (c: Context): string => c.req.header('authorization') ?? c.req.header('cookie') ?? '';
