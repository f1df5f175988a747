// How long jobs are kept after their end, by type and state, and the rounds that remove the older ones.
import type { FieldError, Retention as Kept } from '@phraseworks/sdk';
import { PRIORITIES } from '@phraseworks/sdk/host';
import { Clock, pause, yieldToEventLoop } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import type { Built } from '../kernel/container.ts';
import { keptFor } from '../kernel/duration.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Signal } from '../kernel/signal.ts';
import { Maintenance, type OldJobs } from '../store/maintenance.ts';
import { NodeStore } from '../store/node-store.ts';
import { PASS_SIZE } from '../store/transition.ts';
import { TypeRegistry } from './registry.ts';

const STATES = ['completed', 'failed', 'cancelled'] as const satisfies readonly (keyof Kept)[];

/** All mistakes in the retention of a type. */
export function retentionErrors(given: unknown): FieldError[] {
  if (given === undefined) return [];
  if (typeof given !== 'object' || given === null)
    return [{ path: 'retention', message: `must be an object with ${STATES.join(', ')}` }];
  return Object.entries(given).flatMap(([state, time]) => {
    const path = `retention.${state}`;
    if (!(STATES as readonly string[]).includes(state))
      return [{ path, message: `is unknown: there are ${STATES.join(', ')}` }];
    if (time === undefined || keptFor(time) !== null) return [];
    return [{ path, message: 'must be milliseconds, text such as "30 days", or false' }];
  });
}

/** Milliseconds per round; the rest follows a second later. */
const BUDGET = 2_000;
/** Milliseconds between two passes, to let the site work. */
const PASS_INTERVAL = 20;
/** Milliseconds after the start. */
const FIRST = 60_000;
const NODE_ROWS = 86_400_000;

export class Retention {
  static readonly needs = {
    maintenance: Maintenance,
    registry: TypeRegistry,
    nodes: NodeStore,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  /** A round started at this time; listeners remove other old rows. */
  readonly round = new Signal<number>();
  readonly #needs;
  readonly #settings;
  readonly #rounds: Rounds;
  /** What is left of a round that took too long. */
  #left: OldJobs[] = [];

  constructor(needs: Built<typeof Retention.needs>) {
    this.#needs = needs;
    this.#settings = needs.settings.queue;
    this.#rounds = new Rounds(needs.clock, async () => {
      const isDone = await this.clean().catch((error: unknown) => {
        needs.log.error(`Cannot remove old jobs, will try again: ${messageOf(error)}`);
        return true;
      });
      return isDone ? this.#settings.cleanupInterval : 1_000;
    });
  }

  start(): void {
    // Start soon: a site that restarts often must be cleaned, too.
    this.#rounds.start(Math.min(FIRST, this.#settings.cleanupInterval));
  }

  stop(): void {
    void this.#rounds.stop();
  }

  /** One round; false if the time budget ran out first. */
  async clean(): Promise<boolean> {
    const { maintenance, nodes, clock } = this.#needs;
    const { eventRetention } = this.#settings;
    const start = clock.now();
    const inBudget = () => clock.now() - start < BUDGET;
    if (this.#left.length === 0) this.#left = await this.#oldJobs(start);
    while (this.#left.length > 0 && inBudget()) await this.#removeNext();
    let events = true;
    while (events && inBudget()) {
      events = (await maintenance.pruneEvents(start - eventRetention)) >= PASS_SIZE - 1;
      if (events) await yieldToEventLoop(clock);
    }
    await nodes.prune(start - NODE_ROWS, start + NODE_ROWS);
    if (await maintenance.hasDrifted()) await maintenance.recount();
    await this.round.emitAndWait(start);
    return this.#left.length === 0 && !events;
  }

  /** Of each state and type with finished jobs, those that are not kept any longer. */
  async #oldJobs(now: number): Promise<OldJobs[]> {
    const { maintenance, registry } = this.#needs;
    return (await maintenance.finished()).flatMap(({ state, type }) => {
      const kept = registry.retentionOf(type)[state];
      if (kept === null) return [];
      const before = now - kept;
      return PRIORITIES.map((_, priority) => ({ state, type, priority, before, after: '' }));
    });
  }

  /** One pass. */
  async #removeNext(): Promise<void> {
    const [old] = this.#left;
    if (!old) return;
    const { removed, last } = await this.#needs.maintenance.removeFinished(old);
    if (last === null) this.#left.shift();
    else old.after = last;
    if (removed.length > 0) await pause(this.#needs.clock, PASS_INTERVAL);
  }
}
