// Removes jobs with all that belongs to them: those of a plugin, or those that finished long ago.
import { Clock, pause, yieldToEventLoop } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import type { Built } from '../kernel/container.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { JobReads } from '../store/job-reads.ts';
import { Maintenance } from '../store/maintenance.ts';
import { PASS_SIZE } from '../store/transition.ts';
import { TypeRegistry } from './registry.ts';

/** Milliseconds per round; the rest follows a second later. */
const BUDGET = 2_000;
/** Milliseconds between two passes, to let the site work. */
const PASS_INTERVAL = 20;
/** Milliseconds after the start. */
const FIRST = 60_000;

/** Removes rows that are too old now, at most one pass of them; returns how many. */
type Pass = (now: number) => Promise<number>;

export class Removal extends Rounds {
  static readonly needs = {
    maintenance: Maintenance,
    reads: JobReads,
    registry: TypeRegistry,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  /** Others add what they keep. */
  readonly passes: Pass[];
  readonly #needs;

  constructor(needs: Built<typeof Removal.needs>) {
    const { retentionPeriod, eventRetention, cleanupInterval } = needs.settings.queue;
    // Start soon: a site that restarts often must be cleaned, too.
    super(needs, { task: 'remove old jobs', first: Math.min(FIRST, cleanupInterval), again: cleanupInterval });
    this.#needs = needs;
    const { maintenance } = needs;
    this.passes = [
      async (now) => (await maintenance.removeFinished(now - retentionPeriod)).length,
      (now) => maintenance.pruneEvents(now - eventRetention),
    ];
  }

  protected async round(): Promise<number> {
    return (await this.clean()) ? this.#needs.settings.queue.cleanupInterval : 1_000;
  }

  /** One round; false if the time budget ran out first. */
  async clean(): Promise<boolean> {
    const { clock } = this.#needs;
    const start = clock.now();
    let left: readonly Pass[] = this.passes;
    while (left.length > 0 && clock.now() - start < BUDGET) {
      const more: Pass[] = [];
      for (const pass of left) if ((await pass(start)) === PASS_SIZE) more.push(pass);
      left = more;
      if (left.length > 0) await pause(clock, PASS_INTERVAL);
    }
    return left.length === 0;
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
