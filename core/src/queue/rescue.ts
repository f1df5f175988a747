// Rescues jobs whose worker died: after their lease expired, or at once if the dead process ran on this host.
import { Clock, yieldToEventLoop } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Needing } from '../kernel/container.ts';
import { Identity, isDead } from '../kernel/identity.ts';
import { Log } from '../kernel/logger.ts';
import { expired, heldBy } from '../store/maintenance.ts';
import { NodeStore } from '../store/node-store.ts';
import { type Movable, type Move, type Picker, Transition } from '../store/transition.ts';
import { WriteQueue } from '../store/write-queue.ts';
import { TypeRegistry } from './registry.ts';
import { decideCrash, type End } from './suspects.ts';

/** A difference of this many milliseconds to the steady clock counts as a clock jump. */
const JUMP = 1_000;

export class Rescue extends Needing<typeof Rescue.needs> {
  static readonly needs = {
    registry: TypeRegistry,
    moves: Transition,
    nodes: NodeStore,
    writes: WriteQueue,
    clock: Clock,
    log: Log,
  };
  /** Jobs that this process found after their process had died. */
  rescued = 0;

  /** Releases jobs whose lease expired, except those of `node`; one pass, returns their number. */
  async ofExpired(node: string): Promise<number> {
    return (await this.#release(expired(this.needs.clock.now(), node))).moved;
  }

  /** Releases the jobs of processes that the caller knows to have ended. */
  async ofEnded(ended: readonly string[], end?: End): Promise<number> {
    const { nodes, log, clock } = this.needs;
    let released = 0;
    for (;;) {
      const { picked, moved } = await this.#release(heldBy(ended), end);
      released += moved;
      if (picked === 0) break;
      await yieldToEventLoop(clock);
    }
    await nodes.remove(ended);
    if (released > 0)
      log.warn(`Returned ${released} jobs to the queue after ${ended.length} processes ended without a clean stop.`);
    return released;
  }

  /** `end`: how the processes ended; by default read from their rows. */
  async #release(select: Picker, end?: End): Promise<{ picked: number; moved: number }> {
    const { moves, nodes, writes, clock } = this.needs;
    let known: Awaited<ReturnType<NodeStore['blameless']>> | undefined;
    const endOf = ({ node }: Movable): End => end ?? known?.get(node ?? '') ?? 'died';
    const pick: Picker = async (db) => {
      const records = await select(db);
      // Read once, and only if a job was lost.
      if (records.length > 0 && end === undefined) known ??= await nodes.blameless();
      return records;
    };
    const pass = await moves.pass(pick, (record) => this.#move(record, endOf(record), clock.now()));
    if (pass.moved > 0) {
      this.rescued += pass.moved;
      writes.requestClaim();
    }
    return pass;
  }

  #move(record: Movable, end: End, now: number): Move {
    const { registry } = this.needs;
    const { onLost = 'retry' } = registry.optionsOf(record.type);
    const { step, crashes, loneCrashes, attempt, outcome, why, error } = decideCrash(record, onLost, end);
    const failed = step === 'crash';
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
        ...(failed ? { error } : {}),
      },
    };
  }
}

/** Notices expired leases and dead processes, and has their jobs rescued. */
export class CrashWatch extends Needing<typeof CrashWatch.needs> {
  static readonly needs = {
    identity: Identity,
    nodes: NodeStore,
    rescue: Rescue,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  /** Clock minus steady clock at the last check. */
  #offset: number | null = null;
  /** Steady clock: treat no lease as expired until then. */
  #quietUntil = Number.NEGATIVE_INFINITY;

  /** One pass; returns the number of rescued jobs. */
  async check(): Promise<number> {
    const { rescue, identity } = this.needs;
    try {
      const lost = this.#isQuiet() ? 0 : await rescue.ofExpired(identity.node);
      return lost + (await this.checkNeighbours());
    } catch (error) {
      this.#holdOff();
      throw error;
    }
  }

  /** Jobs of dead processes on this host need not wait for their lease. */
  async checkNeighbours(): Promise<number> {
    const { nodes, identity, rescue } = this.needs;
    const dead = (await nodes.all()).filter((node) => node.id !== identity.node && isDead(node, identity));
    return dead.length === 0 ? 0 : rescue.ofEnded(dead.map(({ id }) => id));
  }

  /** After a clock jump (for example a failover to a server with another time), valid leases look expired until their processes renew them. */
  #isQuiet(): boolean {
    const { clock, log, settings } = this.needs;
    const ahead = clock.now() - clock.steady();
    const jump = this.#offset === null ? 0 : ahead - this.#offset;
    this.#offset = ahead;
    if (Math.abs(jump) >= JUMP) {
      this.#holdOff();
      log.warn(
        `The clock jumped by ${Math.round(jump / 1_000)} s. Expired leases are ignored for ${settings.queue.leaseDuration / 1_000} s until all processes have renewed theirs.`,
      );
    }
    return clock.steady() < this.#quietUntil;
  }

  /** While the database was unavailable, no process could renew its leases. */
  #holdOff(): void {
    const { clock, settings } = this.needs;
    this.#quietUntil = clock.steady() + settings.queue.leaseDuration;
  }
}
