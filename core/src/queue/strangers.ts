// Jobs of a lane that is shared with other processes, whose type only those can run: left to them, without being asked for again and again.

import type { ParkReason } from '@phraseworks/sdk';
import type { Cancel, Clock } from '../kernel/clock.ts';
import type { Peers } from './peers.ts';
import type { ClaimedJob } from './record.ts';
import type { Returned } from './settlement.ts';

/** How long a lane is not claimed from, in milliseconds: doubled each time until the longest. */
const FIRST = 1_000;
const LONGEST = 30_000;

interface StrangersDeps {
  peers: Peers;
  clock: Clock;
  /** A lane may be claimed from again. */
  onOpen: () => void;
}

interface Pause {
  wait: number;
  until: number;
  timer: Cancel;
}

export class Strangers {
  readonly #deps: StrangersDeps;
  readonly #pauses = new Map<string, Pause>();

  constructor(deps: StrangersDeps) {
    this.#deps = deps;
  }

  /** What becomes of a claimed job that cannot run here: left to a process that can run it, or parked without one. Never rejects. */
  async verdict(job: Pick<ClaimedJob, 'type' | 'lane'>, reason: ParkReason): Promise<Returned> {
    // While the others cannot be asked, nothing is decided.
    const leave = await this.#deps.peers.canRun(job.type).catch(() => true);
    if (!leave) return { kind: 'shelved', reason };
    this.#pause(job.lane);
    return { kind: 'released', unnoted: true };
  }

  /** May this lane be claimed from now? */
  open(lane: string): boolean {
    const known = this.#pauses.get(lane);
    return !known || this.#isOver(known);
  }

  /** A job of this lane runs here: the next pause is a short one. */
  ran(lane: string): void {
    const known = this.#pauses.get(lane);
    if (!known) return;
    known.wait = FIRST / 2;
    if (this.#isOver(known)) this.#pauses.delete(lane);
  }

  stop(): void {
    for (const { timer } of this.#pauses.values()) timer();
    this.#pauses.clear();
  }

  #pause(lane: string): void {
    const { clock, onOpen } = this.#deps;
    const known = this.#pauses.get(lane);
    // Another one of the same claim.
    if (known && !this.#isOver(known)) return;
    const wait = known ? Math.min(known.wait * 2, LONGEST) : FIRST;
    this.#pauses.set(lane, { wait, until: clock.now() + wait, timer: clock.after(wait, onOpen) });
  }

  /** Also where the clock has gone back. */
  #isOver({ until, wait }: Pause): boolean {
    const left = until - this.#deps.clock.now();
    return left <= 0 || left > wait;
  }
}
