// The paused types and lanes as this process knows them, and the parking of their jobs.
import { type Clock, yieldToEventLoop } from '../kernel/clock.ts';
import { readyOfType } from '../store/job-pickers.ts';
import type { JobReads } from '../store/job-reads.ts';
import type { PauseKind, PauseStore, StoredPause } from '../store/pause-store.ts';
import { PASS, type Transition } from '../store/transition.ts';
import { BULK_TYPE } from './bulk.ts';
import type { TypeRegistry } from './registry.ts';

interface PausesDeps {
  store: PauseStore;
  registry: TypeRegistry;
  reads: JobReads;
  moves: Transition;
  clock: Clock;
}

/** `image` also covers the lane `image/resize`. Bulk actions are never paused. */
export const isCovered = ({ kind, name }: { kind: PauseKind; name: string }, type: string, lane: string): boolean =>
  type !== BULK_TYPE && (kind === 'type' ? name === type : lane === name || lane.startsWith(`${name}/`));

export class Pauses {
  readonly store: PauseStore;
  readonly #deps: PausesDeps;
  #all: readonly StoredPause[] = [];
  /** Number of the last reload that started, and of the newest that was applied. */
  #started = 0;
  #newest = 0;

  constructor(deps: PausesDeps) {
    this.store = deps.store;
    this.#deps = deps;
  }

  /** The oldest pause that holds jobs of this type, or null. */
  of(type: string): StoredPause | null {
    const { registry } = this.#deps;
    return this.#all.find((pause) => isCovered(pause, type, registry.laneOf(type))) ?? null;
  }

  /** Reads the stored pauses. */
  async reload(): Promise<void> {
    const { store, registry } = this.#deps;
    this.#started += 1;
    const turn = this.#started;
    const all = await store.all();
    // Of two concurrent reloads, the later one is newer even if it ends first.
    if (turn < this.#newest) return;
    this.#newest = turn;
    const before = JSON.stringify(this.#all);
    this.#all = all;
    if (JSON.stringify(all) === before) return;
    registry.setPaused(this.#all.length === 0 ? null : (type) => this.of(type) !== null);
  }

  /** Parks ready jobs of paused types that were stored before the pause was known. Delayed jobs follow when they are due. */
  async parkReady(): Promise<void> {
    if (this.#all.length === 0) return;
    const { reads, moves, clock } = this.#deps;
    for (const { state, type } of await reads.counts()) {
      if (state !== 'ready' || !this.of(type)) continue;
      for (;;) {
        const at = clock.now();
        const { picked } = await moves.pass(readyOfType(type), () =>
          this.of(type) ? { step: 'park', at, reason: 'paused' } : null,
        );
        if (picked < PASS || !this.of(type)) break;
        await yieldToEventLoop(clock);
      }
    }
  }

  /** Repeats what may have been missed. */
  async sweep(): Promise<void> {
    await this.reload();
    await this.parkReady();
  }
}
