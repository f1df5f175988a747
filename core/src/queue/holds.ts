// Decides which types are held, and pauses and resumes them: their jobs wait in their place, and no process claims them. Nothing of it is stored with a job.
import { JobsError, type NewPause, type ParkReason } from '@phraseworks/sdk';
import type { PauseInfo } from '@phraseworks/sdk/client';
import { isWaiting } from '../job/lifecycle.ts';
import { Clock, iso } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import type { ShownTypes } from '../store/codec.ts';
import { HoldStore, isOver, type PauseKind, type StoredPause } from '../store/holds.ts';
import { JobReads } from '../store/job-reads.ts';
import type { AboutNode } from '../store/node-store.ts';
import { isWorker, Peers, runs, ThisNode } from './presence.ts';
import { covers, TypeRegistry } from './registry.ts';

/** What decides whether a type is held. */
export interface HoldFacts {
  /** The pause of this type or its plugin. */
  pauseOf(type: string): StoredPause | null;
  ownerOf(type: string): string | undefined;
  /** Plugins that an administrator switched off. */
  disabled: ReadonlySet<string>;
  /** Has this process, which may claim nothing, registered it? */
  isRegistered(type: string): boolean;
  /** The live processes, including this one. */
  nodes: readonly AboutNode[];
}

/** States of a plugin that hold its types if no live process has a better one, the best first. */
const STATES = [
  ['on', null],
  ['starting', null],
  ['stopping', null],
  ['failed', 'plugin_failed'],
  ['waiting', 'plugin_waiting'],
  ['off', 'plugin_disabled'],
] as const;

/** Why no process runs jobs of this type; null if one does, or will as soon as a worker lives. Pure. */
export function heldBy(
  type: string,
  { pauseOf, ownerOf, disabled, isRegistered, nodes }: HoldFacts,
): ParkReason | null {
  if (pauseOf(type) !== null) return 'paused';
  const owner = ownerOf(type);
  if (owner !== undefined && disabled.has(owner)) return 'plugin_disabled';
  if (nodes.some((about) => isWorker(about) && runs(about, type))) return null;
  if (nodes.some(({ refused }) => refused && Object.hasOwn(refused, type))) return 'data_version';
  if (owner === undefined) return isRegistered(type) ? null : 'no_processor';
  const states = new Set(nodes.flatMap(({ plugins }) => plugins?.[owner] ?? []));
  return STATES.find(([state]) => states.has(state))?.[1] ?? null;
}

/** What holds types now, as reads show it. */
export interface HeldTypes extends ShownTypes {
  pauseOf(type: string): StoredPause | null;
  /** Why the data of a job of this type does not fit the versions that run. */
  refusalOf(type: string): string | null;
  /** Why its plugin failed, and when it is tried again. */
  failureOf(type: string): string | null;
}

export class Holds extends Needing<typeof Holds.needs> {
  static readonly needs = {
    store: HoldStore,
    registry: TypeRegistry,
    peers: Peers,
    here: ThisNode,
    reads: JobReads,
    clock: Clock,
  };
  #others: readonly AboutNode[] = [];
  /** Number of the last reload that started, and of the newest that was applied. */
  #started = 0;
  #newest = 0;

  /** Reads what is stored; from then on this process claims by it. */
  async reload(): Promise<void> {
    const { store, registry } = this.needs;
    this.#started += 1;
    const turn = this.#started;
    const holds = await store.read();
    // Of two concurrent reloads, the later one is newer even if it ends first.
    if (turn < this.#newest) return;
    this.#newest = turn;
    if (holds.number !== registry.holds.number) registry.setHolds(holds);
  }

  /** The oldest pause that holds this type, or null. */
  pauseOf(type: string): StoredPause | null {
    return this.needs.registry.pauseOf(type);
  }

  /** Is the plugin (null: the application) on here? */
  isOn(plugin: string | null): boolean {
    return this.needs.here.isOn(plugin);
  }

  /** Does this process claim the type? */
  isFree(type: string): boolean {
    return this.needs.registry.heldHere(type) === null;
  }

  /** For jobs of types that are known to run here. */
  readonly free: ShownTypes = {
    summaryOf: (type, data) => this.needs.registry.summaryOf(type, data),
    ownerOf: (type) => this.needs.registry.ownerOf(type),
    heldBy: () => null,
  };

  /** The other processes are known to a second, this one exactly. */
  async now(): Promise<HeldTypes> {
    this.#others = await this.needs.peers.recent();
    return this.known();
  }

  /** The same, with the other processes as they were last read. */
  known(): HeldTypes {
    const { registry, here: self } = this.needs;
    const others = this.#others;
    let here: AboutNode | undefined;
    const facts: HoldFacts = {
      pauseOf: (type) => registry.pauseOf(type),
      ownerOf: (type) => registry.ownerOf(type),
      disabled: registry.holds.disabled,
      isRegistered: (type) => registry.get(type) !== undefined,
      get nodes() {
        here ??= self.about();
        return [here, ...others];
      },
    };
    const reasons = new Map<string, ParkReason | null>();
    return {
      ...this.free,
      pauseOf: facts.pauseOf,
      heldBy: (type) => {
        let reason = reasons.get(type);
        if (reason === undefined) {
          reason = heldBy(type, facts);
          reasons.set(type, reason);
        }
        return reason;
      },
      refusalOf: (type) => {
        const refusing = facts.nodes.find(({ refused }) => refused && Object.hasOwn(refused, type));
        return refusing?.refused?.[type] ?? null;
      },
      failureOf: (type) => {
        const owner = registry.ownerOf(type) ?? '';
        return facts.nodes.find(({ failures }) => failures?.[owner])?.failures?.[owner] ?? null;
      },
    };
  }

  async listPauses(): Promise<PauseInfo[]> {
    const { store, reads, registry } = this.needs;
    const [{ pauses }, counts] = await Promise.all([store.read(), reads.counts()]);
    return pauses.map((pause) => {
      const { kind, name, since, by, until, reason } = pause;
      const held = counts.filter(({ state, type }) => isWaiting(state) && covers(pause, type, registry.ownerOf(type)));
      const jobs = held.reduce((sum, { n }) => sum + Number(n), 0);
      return { kind, name, since: iso(since), by, jobs, until: until === null ? null : iso(until), reason };
    });
  }

  async pause(pause: NewPause & { by?: string | null }): Promise<PauseInfo> {
    const { kind, name, by = null, duration, reason = '' } = pause;
    const { store, clock } = this.needs;
    const since = clock.now();
    await this.#refuseUnknown(kind, name);
    const until = duration === undefined ? null : since + duration;
    await store.pause({ kind, name, since, by, until, reason: reason.trim() || null });
    await this.reload();
    const known = (await this.listPauses()).find((one) => one.kind === kind && one.name === name);
    if (known) return known;
    throw new JobsError('INVALID_STATE', `This ${kind} was resumed at the same time. Pause it again if needed.`);
  }

  async resume(kind: PauseKind, name: string): Promise<void> {
    const { store } = this.needs;
    const resumed = await store.resume(kind, name);
    await this.reload();
    if (!resumed) throw new JobsError('NOT_FOUND', `This ${kind} is not paused.`);
  }

  /** Ends the pauses whose time is up. Another process, or a user, may have ended them just now. */
  async sweep(): Promise<void> {
    const { store, registry, clock } = this.needs;
    await this.reload();
    const now = clock.now();
    const over = registry.holds.pauses.filter((pause) => isOver(pause, now));
    for (const { kind, name } of over) await store.resume(kind, name, now);
    if (over.length > 0) await this.reload();
  }

  /** Refuses unknown names: a typo must not look like a pause. */
  async #refuseUnknown(kind: PauseKind, name: string): Promise<void> {
    const { registry, reads, here } = this.needs;
    if (kind === 'plugin') {
      if (here.knows(name) || registry.typesOf(name).length > 0) return;
      throw new JobsError('PLUGIN_NOT_FOUND', 'Unknown plugin. GET api/plugins lists the known plugins.');
    }
    const counted = (await reads.counts()).map(({ type }) => type);
    if ([...registry.names(), ...counted].includes(name)) return;
    throw new JobsError('UNKNOWN_TYPE', 'Unknown job type. GET api/types lists the known types.');
  }
}
