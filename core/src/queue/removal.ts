// Removes the jobs of a plugin, with all that belongs to them.
import { Clock, yieldToEventLoop } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { JobReads } from '../store/job-reads.ts';
import { Maintenance } from '../store/maintenance.ts';
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
