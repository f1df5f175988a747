// Jobs whose worker died: found by a lease that ran out, or at once when a dead process of this host is recognised.
import { type Clock, yieldToEventLoop } from '../kernel/clock.ts';
import { type Identity, isDead, removeSocketOf } from '../kernel/identity.ts';
import type { Logger } from '../kernel/logger.ts';
import { expired, heldBy } from '../store/maintenance.ts';
import type { NodeStore } from '../store/node-store.ts';
import type { Movable, Move, Picker, Transition } from '../store/transition.ts';
import type { WriteQueue } from '../store/write-queue.ts';
import type { TypeRegistry } from './registry.ts';
import { type End, settleCrash } from './suspects.ts';

/** A clock that moves by this many milliseconds more or less than time did has been set anew. */
const JUMP = 1_000;

interface RescueDeps {
  identity: Identity;
  registry: TypeRegistry;
  moves: Transition;
  nodes: NodeStore;
  writes: WriteQueue;
  clock: Clock;
  log: Logger;
  leaseDuration: number;
  /** So many jobs were found without the process that ran them. */
  onCrashed: (jobs: number) => void;
}

export class Rescue {
  readonly #deps: RescueDeps;
  /** How far the clock was ahead of the steady one when it was looked at last. */
  #offset: number | null = null;
  /** By the steady clock: until then no lease counts as over. */
  #quietUntil = Number.NEGATIVE_INFINITY;

  constructor(deps: RescueDeps) {
    this.#deps = deps;
  }

  /** One pass; answers how many jobs came back. */
  async sweep(): Promise<number> {
    const { clock, identity } = this.#deps;
    try {
      const lost = this.#isQuiet() ? 0 : await this.#release(expired(clock.now(), identity.node));
      return lost + (await this.ofDeadNeighbours());
    } catch (error) {
      this.#holdOff();
      throw error;
    }
  }

  /** After a jump of the clock, as when another server with another time answers, leases look expired that are not: living processes renew them by the new time first. */
  #isQuiet(): boolean {
    const { clock, log, leaseDuration } = this.#deps;
    const ahead = clock.now() - clock.steady();
    const jump = this.#offset === null ? 0 : ahead - this.#offset;
    this.#offset = ahead;
    if (Math.abs(jump) >= JUMP) {
      this.#holdOff();
      log.warn(
        `The clock jumped by ${Math.round(jump / 1_000)} s: for ${leaseDuration / 1_000} s no job is taken from a process that seems to have ended.`,
      );
    }
    return clock.steady() < this.#quietUntil;
  }

  /** While the database was away, leases could not be renewed, either. */
  #holdOff(): void {
    const { clock, leaseDuration } = this.#deps;
    this.#quietUntil = clock.steady() + leaseDuration;
  }

  /** A process of this host that is no longer there holds nothing: its jobs need not wait for their lease. */
  async ofDeadNeighbours(): Promise<number> {
    const { nodes, identity } = this.#deps;
    const dead: string[] = [];
    for (const node of await nodes.all())
      if (node.id !== identity.node && (await isDead(node, identity))) dead.push(node.id);
    return dead.length === 0 ? 0 : this.ofEnded(dead);
  }

  /** Puts back what these processes held. The caller knows that they have ended, and may know that they were stopped. */
  async ofEnded(ended: readonly string[], end?: End): Promise<number> {
    const { nodes, log, clock } = this.#deps;
    let released = 0;
    for (;;) {
      const n = await this.#release(heldBy(ended), end);
      released += n;
      if (n === 0) break;
      await yieldToEventLoop(clock);
    }
    await nodes.remove(ended);
    await Promise.all(ended.map(removeSocketOf));
    if (released > 0)
      log.warn(`${released} jobs of ${ended.length} processes that ended without a stop are back in the queue.`);
    return released;
  }

  /** `end`: how the processes ended, where the caller knows; else their rows tell. */
  async #release(select: Picker, end?: End): Promise<number> {
    const { moves, nodes, writes, clock, onCrashed } = this.#deps;
    let known: Awaited<ReturnType<NodeStore['blameless']>> | undefined;
    const endOf = ({ node }: Movable): End => end ?? known?.get(node ?? '') ?? 'died';
    const pick: Picker = async (db) => {
      const records = await select(db);
      // Asked for once, and only where a job was lost.
      if (records.length > 0 && end === undefined) known ??= await nodes.blameless();
      return records;
    };
    const records = await moves.pass(pick, (record) => this.#move(record, endOf(record), clock.now()));
    if (records.length > 0) {
      onCrashed(records.length);
      writes.poke();
    }
    return records.length;
  }

  #move(record: Movable, end: End, now: number): Move {
    const { registry } = this.#deps;
    const { onLost = 'retry' } = registry.optionsOf(record.type);
    const { step, crashes, loneCrashes, attempt, outcome, why, error } = settleCrash(record, onLost, end);
    const failed = step === 'crash';
    const lane = registry.get(record.type) ? registry.laneOf(record.type) : record.lane;
    return {
      step,
      at: now,
      reason: failed ? 'crashed' : null,
      attemptRow: {
        jobId: record.id,
        run: record.run,
        attempt: record.attempt,
        node: record.node,
        startedAt: record.startedAt ?? now,
        finishedAt: now,
        outcome,
        error: why,
        stack: null,
      },
      ...(error === null ? {} : { more: { error } }),
      set: {
        crashes,
        lone_crashes: loneCrashes,
        attempt,
        lease_until: null,
        ...(failed ? { error } : { lane }),
      },
    };
  }
}
