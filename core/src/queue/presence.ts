// The row of this process among the nodes, with its heartbeat, and what is known of the other processes.

import { hostname } from 'node:os';
import { token } from '@phraseworks/sdk';
import { Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Needing } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Identity, isDead, version } from '../kernel/identity.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Maintenance } from '../store/maintenance.ts';
import { type AboutNode, NodeStore, type SeenNode } from '../store/node-store.ts';
import type { HeldJob } from '../store/shared-statements.ts';
import { TypeRegistry } from './registry.ts';
import { Runner } from './runner.ts';
import { Worker } from './worker.ts';

/** Milliseconds to cache the list of processes, since many jobs may ask at once. */
const FRESH = 1_000;

export class Peers extends Needing<typeof Peers.needs> {
  static readonly needs = { identity: Identity, nodes: NodeStore, runner: Runner, settings: Settings, clock: Clock };
  #known: { at: number; others: Promise<SeenNode[]> } | null = null;

  /** All processes, including this one. `live`: it sent a heartbeat within the lease and is not known to be dead. */
  async all(): Promise<(SeenNode & { live: boolean })[]> {
    const { nodes, clock, settings, identity } = this.needs;
    const since = clock.now() - settings.queue.leaseDuration;
    return (await nodes.all()).map((node) => ({
      ...node,
      live: node.heartbeatAt >= since && !isDead(node, identity),
    }));
  }

  /** The other live processes. */
  async others(): Promise<SeenNode[]> {
    return (await this.all()).filter(({ id, live }) => live && id !== this.needs.identity.node);
  }

  /** Processors in all processes that ignored their signal and still run; for other processes as of their last heartbeat. */
  async stuck(): Promise<number> {
    return (await this.others()).reduce((sum, { about }) => sum + (about.stuck ?? 0), this.needs.runner.stuck);
  }

  /** What the other live processes say, cached for a second. */
  async recent(): Promise<readonly AboutNode[]> {
    const now = this.needs.clock.now();
    if (!this.#known || Math.abs(now - this.#known.at) >= FRESH) this.#known = { at: now, others: this.others() };
    return (await this.#known.others).map(({ about }) => about);
  }
}

/** A process that does not say what it does counts as one that does everything. */
export const isWorker = ({ roles, slots }: AboutNode): boolean => slots !== 0 && (roles?.includes('worker') ?? true);

export const runs = ({ types }: AboutNode, type: string): boolean => types?.includes(type) ?? true;

/** Plugin states in this process, by name. */
export interface PluginStates {
  states(): Record<string, string>;
  /** Why each that failed did, and when it is tried again. */
  failures(): Record<string, string>;
}
export const PluginStates = token<PluginStates>('core/plugin-states');

/** What this process says of itself to the others. */
export class ThisNode extends Needing<typeof ThisNode.needs> {
  static readonly needs = {
    settings: Settings,
    registry: TypeRegistry,
    worker: Worker,
    runner: Runner,
    plugins: PluginStates,
  };

  /** Is the plugin (null: the application) on here? */
  isOn(plugin: string | null): boolean {
    return plugin === null || this.needs.plugins.states()[plugin] === 'on';
  }

  /** Is there a plugin of this name here, on or off? */
  knows(plugin: string): boolean {
    return Object.hasOwn(this.needs.plugins.states(), plugin);
  }

  /** As it is now. A process that claims nothing has no types and slots. */
  about(): AboutNode {
    const { settings, registry, worker, runner, plugins } = this.needs;
    const works = worker.isStarted || worker.stopping;
    const refused = registry.refused();
    const failures = plugins.failures();
    return {
      version: version(),
      hostname: hostname(),
      roles: settings.roles,
      types: works ? registry.claimable().types.map(({ type }) => type) : [],
      ...(Object.keys(refused).length > 0 ? { refused } : {}),
      slots: works ? settings.queue.maxConcurrentJobs : 0,
      running: worker.attempts.size,
      stuck: runner.stuck,
      ...(worker.stopping ? { stopping: true } : {}),
      plugins: plugins.states(),
      ...(Object.keys(failures).length > 0 ? { failures } : {}),
    };
  }

  /** What a waiting job of this type finds here. */
  roomFor(type: string) {
    const { worker } = this.needs;
    const { types = [], slots = 0, running = 0 } = this.about();
    return { here: types.includes(type), isWorker: worker.isStarted, slots, running, ...worker.groupOf(type) };
  }
}

/** Milliseconds to wait before writing a change, so that several are written together. */
const SOON = 100;
/** Milliseconds between two writes of changes. */
const MIN_INTERVAL = 1_000;

export class Presence extends Rounds<typeof Presence.needs> {
  static readonly needs = {
    identity: Identity,
    nodes: NodeStore,
    maintenance: Maintenance,
    here: ThisNode,
    clock: Clock,
    log: Log,
  };
  #announcedAt = 0;
  #writing: Promise<void> = Promise.resolve();
  protected readonly plan = { task: 'write the heartbeat of this process', again: MIN_INTERVAL };

  protected async round(): Promise<number> {
    await this.announce();
    return Number.POSITIVE_INFINITY;
  }

  /** Adds the row of this process. */
  async open(): Promise<void> {
    const { nodes, identity, clock, here } = this.needs;
    this.#announcedAt = clock.now();
    await nodes.beat(identity, this.#announcedAt, here.about());
    this.start();
  }

  /** Stops writing; the row stays. */
  async close(): Promise<void> {
    await this.stop();
    await this.#writing;
  }

  /** Writes the heartbeat, and renews the leases of the jobs that this process holds; returns these. */
  beat(leaseUntil: () => number): Promise<HeldJob[]> {
    const { maintenance, nodes, identity, clock, here } = this.needs;
    return maintenance.renew(identity.node, leaseUntil, async (tx) => {
      if (this.isOn) await nodes.beatIn(tx, identity, clock.now(), here.about());
    });
  }

  /** The jobs that this process holds, without those that another one has cancelled. */
  held(): Promise<HeldJob[]> {
    const { maintenance, identity } = this.needs;
    return maintenance.held(identity.node);
  }

  /** Call after a change: it is written soon. */
  changed(): void {
    const rest = this.#announcedAt + MIN_INTERVAL - this.needs.clock.now();
    // The clock may have gone back: never wait longer than the interval.
    this.within(Math.min(Math.max(rest, SOON), MIN_INTERVAL));
  }

  /** Writes the row now. After an error, the next heartbeat writes it. */
  announce(): Promise<void> {
    const { nodes, identity, clock, log, here } = this.needs;
    if (!this.isOn) return Promise.resolve();
    this.#announcedAt = clock.now();
    this.#writing = nodes.beat(identity, this.#announcedAt, here.about()).catch((error: unknown) => {
      log.error(`Cannot write the heartbeat of this process, will try again: ${messageOf(error)}`);
    });
    return this.#writing;
  }
}
