// Removes jobs with all that belongs to them: those of a plugin, or those that finished long ago.
import { Clock, pause, yieldToEventLoop } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import type { Built } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Signal } from '../kernel/signal.ts';
import { JobReads } from '../store/job-reads.ts';
import { Maintenance } from '../store/maintenance.ts';
import { NodeStore } from '../store/node-store.ts';
import { PASS_SIZE } from '../store/transition.ts';
import { TypeRegistry } from './registry.ts';

export class Removal {
  static readonly needs = { maintenance: Maintenance, reads: JobReads, registry: TypeRegistry, clock: Clock };
  readonly #needs;

  constructor(needs: Built<typeof Removal.needs>) {
    this.#needs = needs;
  }

  /** The number of stored jobs of each plugin. */
  async countByPlugin(): Promise<Map<string, number>> {
    const { reads, registry } = this.#needs;
    const numbers = new Map<string, number>();
    for (const { type, n } of await reads.counts()) {
      const owner = registry.ownerOf(type);
      if (owner !== undefined) numbers.set(owner, (numbers.get(owner) ?? 0) + Number(n));
    }
    return numbers;
  }

  /** Removes the jobs of a plugin that is off, except those whose type has another owner by now; returns their number. */
  async ofPlugin(plugin: string): Promise<number> {
    const { maintenance, registry, clock } = this.#needs;
    const others = registry.list().flatMap((entry) => (entry.plugin === plugin ? [] : [entry.type]));
    let n = 0;
    for (;;) {
      const ids = await maintenance.removeOfPlugin(plugin, others);
      n += ids.length;
      if (ids.length < PASS_SIZE) return n;
      await yieldToEventLoop(clock);
    }
  }
}

/** Milliseconds per round; the rest follows a second later. */
const BUDGET = 2_000;
/** Milliseconds between two passes, to let the site work. */
const PASS_INTERVAL = 20;
/** Milliseconds after the start. */
const FIRST = 60_000;
const NODE_ROWS = 86_400_000;

export class Retention {
  static readonly needs = { maintenance: Maintenance, nodes: NodeStore, settings: Settings, clock: Clock, log: Log };
  /** A round started at this time; listeners remove other old rows. */
  readonly round = new Signal<number>();
  readonly #needs;
  readonly #settings;
  readonly #rounds: Rounds;

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
    const { retentionPeriod, eventRetention } = this.#settings;
    const start = clock.now();
    const inBudget = () => clock.now() - start < BUDGET;
    let more = true;
    while (more && inBudget()) {
      more = (await maintenance.removeFinished(start - retentionPeriod)).length === PASS_SIZE;
      if (more) await pause(clock, PASS_INTERVAL);
    }
    let events = true;
    while (events && inBudget()) {
      events = (await maintenance.pruneEvents(start - eventRetention)) >= PASS_SIZE - 1;
      if (events) await yieldToEventLoop(clock);
    }
    await nodes.prune(start - NODE_ROWS, start + NODE_ROWS);
    if (await maintenance.hasDrifted()) await maintenance.recount();
    await this.round.emitAndWait(start);
    return !more && !events;
  }
}
