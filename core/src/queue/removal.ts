// Removes jobs with all that belongs to them: those of a plugin, or those that finished long ago.
import { PRIORITIES } from '@phraseworks/sdk/host';
import { Clock, pause, yieldToEventLoop } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { JobReads } from '../store/job-reads.ts';
import { Maintenance, type OldJobs } from '../store/maintenance.ts';
import { PASS_SIZE } from '../store/transition.ts';
import { TypeRegistry } from './registry.ts';

/** Milliseconds per round; the rest follows a second later. */
const BUDGET = 2_000;
/** Milliseconds between two passes, to let the site work. */
const PASS_INTERVAL = 20;
/** Milliseconds after the start. */
const FIRST = 60_000;

/** Removes rows that are too old now, at most one pass of them; returns how many, or `PASS_SIZE` if more may follow. */
type Pass = (now: number) => Promise<number>;

export class Removal extends Rounds<typeof Removal.needs> {
  static readonly needs = {
    maintenance: Maintenance,
    reads: JobReads,
    registry: TypeRegistry,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  readonly #queue = this.needs.settings.queue;
  /** Others add what they keep. */
  readonly passes: Pass[] = [
    (now) => this.#removeOld(now),
    (now) => this.needs.maintenance.pruneEvents(now - this.#queue.eventRetention),
  ];
  /** Starts soon: a site that restarts often must be cleaned, too. */
  protected readonly plan = {
    task: 'remove old jobs',
    first: Math.min(FIRST, this.#queue.cleanupInterval),
    again: this.#queue.cleanupInterval,
  };
  /** What is left of a round that took too long. */
  #old: OldJobs[] = [];

  protected async round(): Promise<number> {
    return (await this.clean()) ? this.plan.again : 1_000;
  }

  /** One round; false if the time budget ran out first. */
  async clean(): Promise<boolean> {
    const { clock } = this.needs;
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

  /** Removes the next finished jobs that are not kept any longer. */
  async #removeOld(now: number): Promise<number> {
    if (this.#old.length === 0) this.#old = await this.#oldJobs(now);
    for (;;) {
      const [old] = this.#old;
      if (!old) return 0;
      const { removed, last } = await this.needs.maintenance.removeFinished(old);
      if (last === null) this.#old.shift();
      else old.after = last;
      if (removed.length > 0) return this.#old.length > 0 ? PASS_SIZE : 0;
    }
  }

  /** What to remove of each state and type with finished jobs. */
  async #oldJobs(now: number): Promise<OldJobs[]> {
    const { reads, registry } = this.needs;
    return (await reads.counts()).flatMap(({ state, type, n }) => {
      const times: Partial<Record<string, number | null>> = registry.retentionOf(type);
      const kept = times[state] ?? null;
      if (kept === null || Number(n) <= 0) return [];
      return PRIORITIES.map((_, priority) => ({ state, type, priority, before: now - kept, after: '' }));
    });
  }

  /** The number of stored jobs of each plugin. */
  async countByPlugin(): Promise<Map<string, number>> {
    const { reads, registry } = this.needs;
    const numbers = new Map<string, number>();
    for (const { type, n } of await reads.counts()) {
      const owner = registry.ownerOf(type);
      if (owner !== undefined) numbers.set(owner, (numbers.get(owner) ?? 0) + Number(n));
    }
    return numbers;
  }

  /** Removes the jobs of a plugin that is off, except those whose type has another owner by now; returns their number. */
  async ofPlugin(plugin: string): Promise<number> {
    const { maintenance, registry, clock } = this.needs;
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
