// Decides whether a claimed job that cannot run here is parked or released. After a release, claims nothing from its lane for a while, so that
// another process can claim the job.

import type { ParkReason } from '@phraseworks/sdk';
import type { ClaimedJob } from '../job/record.ts';
import type { Cancel, Clock } from '../kernel/clock.ts';
import type { Returned } from './settlement.ts';

/** Milliseconds without a claim from the lane, doubled each time. */
const FIRST = 1_000;
const LONGEST = 30_000;

interface Cooldown {
  wait: number;
  until: number;
  timer: Cancel;
  /** Milliseconds of the next one. */
  next: number;
}

export class LaneCooldown {
  readonly #needs;
  readonly #lanes = new Map<string, Cooldown>();

  constructor(needs: {
    peers: { canRun(type: string, version?: number): Promise<boolean> };
    clock: Clock;
    /** A lane may be claimed from again. */
    onOpen: () => void;
  }) {
    this.#needs = needs;
  }

  /** Decides about a job that cannot run here: release it if another process can run its type, otherwise park it. A pause applies to every process. Never rejects. */
  async parkOrRelease(job: Pick<ClaimedJob, 'type' | 'lane'>, reason: ParkReason): Promise<Returned> {
    if (reason === 'paused' || !(await this.#othersCan(job.type))) return { kind: 'shelved', reason };
    this.#begin(job.lane);
    return { kind: 'released', unrecorded: true };
  }

  /** The same for a job whose data only a newer version of its type can read. Its lane stays open: the job alone waits. */
  async parkOrReleaseNewer({ type }: Pick<ClaimedJob, 'type'>, version: number, error: string): Promise<Returned> {
    if (!(await this.#othersCan(type, version))) return { kind: 'shelved', reason: 'data_version', error };
    return { kind: 'released', unrecorded: true, until: this.#needs.clock.now() + LONGEST };
  }

  /** If the other processes cannot be looked up, parking would be a guess: assume that they can. */
  #othersCan(type: string, version?: number): Promise<boolean> {
    return this.#needs.peers.canRun(type, version).catch(() => true);
  }

  /** May this process claim from the lane now? */
  isOpen(lane: string): boolean {
    const known = this.#lanes.get(lane);
    return !known || this.#isOver(known);
  }

  /** A job of this lane ran here: a cooldown takes at most a second more, and the next one is short again. */
  ran(lane: string): void {
    const known = this.#lanes.get(lane);
    if (!known) return;
    if (this.#isOver(known)) {
      known.timer();
      this.#lanes.delete(lane);
      return;
    }
    known.next = FIRST;
    if (known.until - this.#needs.clock.now() <= FIRST) return;
    known.timer();
    this.#pause(lane, FIRST, FIRST);
  }

  stop(): void {
    for (const { timer } of this.#lanes.values()) timer();
    this.#lanes.clear();
  }

  #begin(lane: string): void {
    const known = this.#lanes.get(lane);
    // Several jobs of one claim count once.
    if (known && !this.#isOver(known)) return;
    const wait = known?.next ?? FIRST;
    this.#pause(lane, wait, Math.min(wait * 2, LONGEST));
  }

  #pause(lane: string, wait: number, next: number): void {
    const { clock, onOpen } = this.#needs;
    this.#lanes.set(lane, { wait, next, until: clock.now() + wait, timer: clock.after(wait, onOpen) });
  }

  /** True as well if the clock was set back. */
  #isOver({ until, wait }: Cooldown): boolean {
    const left = until - this.#needs.clock.now();
    return left <= 0 || left > wait;
  }
}
