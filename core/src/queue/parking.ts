// Parks jobs that cannot run now, with the reason, and returns them in order when they can.
import type { ParkReason } from '@phraseworks/sdk';
import { type Cancel, type Clock, yieldToEventLoop } from '../kernel/clock.ts';
import { Signal } from '../kernel/signal.ts';
import type { JobReads } from '../store/job-reads.ts';
import type { Ledger } from '../store/ledger.ts';
import {
  inLane,
  type Movable,
  type Move,
  PASS_SIZE,
  type Picker,
  parkedOfType,
  readyLanes,
  relane,
  type Transition,
  typesInLane,
  unfitAfter,
  unfitOfVersion,
  waitingOfPlugin,
} from '../store/transition.ts';
import type { WriteQueue } from '../store/write-queue.ts';
import { type Peers, runs, serves } from './presence.ts';
import { FIRST_VERSION, type TypeRegistry } from './registry.ts';
import type { Worker } from './worker.ts';

/** These reasons end when a plugin starts or a pause is resumed. */
const ENDING: readonly ParkReason[] = ['plugin_disabled', 'plugin_failed', 'plugin_waiting', 'no_processor', 'paused'];

/** Milliseconds between two background passes. */
const PASS_INTERVAL = 50;

export class Parking {
  /** Jobs have returned to the queue; some of them may be delayed. */
  readonly unparked = new Signal<void>();
  readonly #needs;
  #nextPass: Cancel | null = null;

  constructor(needs: {
    moves: Transition;
    reads: JobReads;
    registry: TypeRegistry;
    worker: Worker;
    clock: Clock;
  }) {
    this.#needs = needs;
  }

  /** Leaves the rest of an `adopt` to the next start. */
  stop(): void {
    this.#nextPass?.();
    this.#nextPass = null;
  }

  /** Counts jobs of a plugin, in all states or only parked. Reads the counts once, so the cost does not grow with the table. */
  async counter(): Promise<(plugin: string, only?: 'parked') => number> {
    const { reads, registry } = this.#needs;
    const counts = await reads.counts();
    return (plugin, only) =>
      counts
        .filter(({ type, state }) => registry.ownerOf(type) === plugin && state === (only ?? state))
        .reduce((sum, { n }) => sum + Number(n), 0);
  }

  /** Parks the waiting jobs of a plugin. */
  park(plugin: string, reason: ParkReason): Promise<number> {
    return this.#all(waitingOfPlugin(plugin), () => this.#park(reason));
  }

  /** Parks the ready jobs of a type in a lane. */
  parkInLane(lane: string, type: string, reason: ParkReason): Promise<number> {
    return this.#all(inLane(lane, type), () => this.#park(reason));
  }

  /** Unparks the jobs of a plugin that started again, with their current lanes and owners. */
  async unpark(plugin: string): Promise<number> {
    let n = 0;
    for (const type of this.#needs.registry.typesOf(plugin)) n += await this.unparkRegistered(type);
    return n;
  }

  /**
   * Unparks jobs that this process can run: another process did not know the type, or the plugin started while the job was stored.
   * Runs about one pass per call; the rest follows in the background.
   */
  async adopt(): Promise<void> {
    const { reads, moves, registry } = this.#needs;
    let n = 0;
    for (const { state, type } of await reads.counts()) {
      if (state !== 'parked' || !this.#runsHere(type)) continue;
      const { version = FIRST_VERSION } = registry.optionsOf(type);
      // A process with an earlier version of the type may have parked what this one reads as it is.
      for (const picker of [parkedOfType(type, ENDING), unfitOfVersion(type, version)])
        n += (await moves.pass(picker, (record) => this.#unpark(record))).moved;
      if (n >= PASS_SIZE) break;
    }
    if (n > 0) this.unparked.emit();
    // If this fails, the next sweep repeats it.
    if (n >= PASS_SIZE)
      this.#nextPass ??= this.#needs.clock.after(PASS_INTERVAL, () => void this.#continue().catch(() => {}));
  }

  #continue(): Promise<void> {
    this.#nextPass = null;
    return this.adopt();
  }

  #runsHere(type: string): boolean {
    const { registry, worker } = this.#needs;
    if (!worker.isStarted || registry.get(type) === undefined || registry.parkReason(type) !== null) return false;
    return registry.lanes().has(registry.laneOf(type));
  }

  async unparkType(type: string): Promise<number> {
    const { registry } = this.#needs;
    if (registry.parkReason(type)) return 0;
    // If the plugin is disabled meanwhile, do not unpark jobs that are being parked.
    const goesOn = () => registry.parkReason(type) === null;
    const n = await this.#all(parkedOfType(type, ENDING), (record) => this.#unpark(record), goesOn);
    if (n > 0) this.unparked.emit();
    return n;
  }

  /** The same for a type that was just registered, including jobs whose data did not fit: the plugin may be another version now. */
  async unparkRegistered(type: string): Promise<number> {
    const n = await this.unparkType(type);
    const { moves, reads, registry, clock } = this.#needs;
    if (!(await reads.counts()).some((row) => row.state === 'parked' && row.type === type && Number(row.n) > 0))
      return n;
    let tried = 0;
    // By id, so that each is tried once: what does not fit is parked again meanwhile.
    for (let last = ''; registry.parkReason(type) === null; ) {
      const { picked, moved } = await moves.pass(unfitAfter(type, last), (record) => {
        if (record.id > last) last = record.id;
        return this.#unpark(record);
      });
      tried += moved;
      if (picked < PASS_SIZE) break;
      await yieldToEventLoop(clock);
    }
    if (tried > 0) this.unparked.emit();
    return n + tried;
  }

  /** Works in passes and yields to the event loop between them. */
  async #all(select: Picker, moveOf: (job: Movable) => Move, goesOn = () => true): Promise<number> {
    let n = 0;
    for (;;) {
      const { picked, moved } = await this.#needs.moves.pass(select, moveOf);
      n += moved;
      // A job that changed between the look and the lock has to be looked at again.
      if (picked < PASS_SIZE && moved === picked) return n;
      await yieldToEventLoop(this.#needs.clock);
      if (!goesOn()) return n;
    }
  }

  #park(reason: ParkReason): Move {
    return { step: 'park', at: this.#needs.clock.now(), reason };
  }

  #unpark(record: Movable): Move {
    const { registry, clock } = this.#needs;
    const at = clock.now();
    return {
      step: 'unpark',
      at,
      reason: null,
      dueAt: record.runAt !== null && record.runAt > at ? record.runAt : null,
      set: { lane: registry.laneOf(record.type), plugin: registry.ownerOf(record.type) ?? null },
    };
  }
}

/** Ready jobs in lanes that no process serves. */
export class Stranded {
  readonly #needs;

  constructor(needs: {
    ledger: Ledger;
    registry: TypeRegistry;
    peers: Peers;
    parking: Parking;
    writes: WriteQueue;
    clock: Clock;
  }) {
    this.#needs = needs;
  }

  /** Moves them to the current lane of their type, or parks them if no live process can run their type. */
  async reconcile(): Promise<void> {
    const { ledger, registry, peers, parking } = this.#needs;
    for (const lane of await readyLanes(ledger.dialect.reader)) {
      if (registry.lanes().has(lane)) continue;
      const others = (await peers.workers()).map(({ about }) => about);
      for (const type of await typesInLane(ledger.dialect.reader, lane)) {
        const able = others.filter((about) => runs(about, type));
        if (able.some((about) => serves(about, lane))) continue;
        const reason = registry.parkReason(type);
        if (!reason) await this.#relane(lane, type);
        else if (able.length === 0) await parking.parkInLane(lane, type, reason);
      }
    }
  }

  async #relane(lane: string, type: string): Promise<void> {
    const { registry, writes, clock } = this.#needs;
    for (;;) {
      const to = registry.laneOf(type);
      // Its plugin has started meanwhile and serves this lane.
      if (to === lane) break;
      if ((await this.#relanePass(lane, type, to)) < PASS_SIZE) break;
      await yieldToEventLoop(clock);
    }
    writes.requestClaim();
  }

  #relanePass(lane: string, type: string, to: string): Promise<number> {
    return this.#needs.ledger.transact(async (tx, changes) => {
      changes.announce('jobs');
      return relane(tx, lane, type, to);
    });
  }
}
