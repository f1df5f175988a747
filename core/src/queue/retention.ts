// Removes old finished jobs, events and figures, in small passes within a time budget.

import { type Cancel, type Clock, pause, yieldToEventLoop } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { Signal } from '../kernel/signal.ts';
import type { Maintenance } from '../store/maintenance.ts';
import type { NodeStore } from '../store/node-store.ts';
import { PASS } from '../store/transition.ts';

/** Milliseconds per round; the rest follows a second later. */
const BUDGET = 2_000;
/** Milliseconds between two passes, to let the site work. */
const PASS_INTERVAL = 20;
/** Milliseconds after the start. */
const FIRST = 60_000;
const NODE_ROWS = 86_400_000;

export class Retention {
  /** A round started at this time; listeners remove other old rows. */
  readonly round = new Signal<number>();
  readonly #needs;
  #timer: Cancel | null = null;

  constructor(needs: {
    maintenance: Maintenance;
    nodes: NodeStore;
    clock: Clock;
    log: Logger;
    cleanupInterval: number;
    retentionPeriod: number;
    eventRetention: number;
  }) {
    this.#needs = needs;
  }

  start(): void {
    // Start soon: a site that restarts often must be cleaned, too.
    this.#next(Math.min(FIRST, this.#needs.cleanupInterval));
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  #next(wait: number): void {
    // A stop and restart during a round leads here twice: keep one timer.
    this.#timer?.();
    this.#timer = this.#needs.clock.after(wait, () => {
      void this.clean()
        .catch((error: unknown) => {
          this.#needs.log.error(`Cannot remove old jobs, will try again: ${messageOf(error)}`);
          return true;
        })
        .then((done) => this.#timer && this.#next(done ? this.#needs.cleanupInterval : 1_000));
    });
  }

  /** One round; false if the time budget ran out first. */
  async clean(): Promise<boolean> {
    const { maintenance, nodes, clock, retentionPeriod, eventRetention } = this.#needs;
    const start = clock.now();
    const inBudget = () => clock.now() - start < BUDGET;
    let more = true;
    while (more && inBudget()) {
      const ids = await maintenance.removeFinished(start - retentionPeriod);
      if (ids.length > 0) await maintenance.removed.emitAndWait(ids);
      more = ids.length === PASS;
      if (more) await pause(clock, PASS_INTERVAL);
    }
    let events = true;
    while (events && inBudget()) {
      events = (await maintenance.pruneEvents(start - eventRetention)) >= PASS - 1;
      if (events) await yieldToEventLoop(clock);
    }
    await nodes.prune(start - NODE_ROWS, start + NODE_ROWS);
    if (await maintenance.hasDrifted()) await maintenance.recount();
    await this.round.emitAndWait(start);
    return !more && !events;
  }
}
