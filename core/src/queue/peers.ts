// The other live processes: this one leaves to them the jobs that they can run.
import { token } from '@phraseworks/sdk';
import type { Clock } from '../kernel/clock.ts';
import { type Identity, isDead } from '../kernel/identity.ts';
import type { AboutNode } from '../store/node-about.ts';
import type { NodeRow, SeenNode } from '../store/node-reads.ts';
import type { NodeStore } from '../store/node-store.ts';

/** Milliseconds for which the last reading of them serves where many jobs ask at once. */
const FRESH = 1_000;

/** Processors that ignored their signal and still run, in all processes; of others as they said with their last heartbeat. */
export const Stuck = token<() => Promise<number>>('core/stuck');

interface PeersDeps {
  identity: Identity;
  nodes: NodeStore;
  clock: Clock;
  leaseDuration: number;
}

export class Peers {
  readonly #deps: PeersDeps;
  #known: { at: number; workers: Promise<SeenNode[]> } | null = null;

  constructor(deps: PeersDeps) {
    this.#deps = deps;
  }

  /** All processes, this one among them, and whether each lives: has been heard of within the lease, and is not known to have died since. */
  async all(): Promise<(SeenNode & { live: boolean })[]> {
    const { nodes, clock, leaseDuration, identity } = this.#deps;
    const since = clock.now() - leaseDuration;
    const withLife = async (node: NodeRow) => ({
      ...node,
      live: node.heartbeatAt >= since && !(await isDead(node, identity)),
    });
    return Promise.all((await nodes.all()).map(withLife));
  }

  /** Processors of the others that ignored their signal, as these said with their last heartbeat. */
  async stuck(): Promise<number> {
    const others = (await this.all()).filter(({ id, live }) => live && id !== this.#deps.identity.node);
    return others.reduce((sum, { about }) => sum + (about.stuck ?? 0), 0);
  }

  /** The others that live and claim jobs; those that drain are among them. */
  async workers(): Promise<SeenNode[]> {
    const nodes = await this.all();
    return nodes.filter(({ id, about, live }) => live && id !== this.#deps.identity.node && isWorker(about));
  }

  /** Can one of the others run this type? Known for a second. */
  async canRun(type: string): Promise<boolean> {
    const now = this.#deps.clock.now();
    if (!this.#known || Math.abs(now - this.#known.at) >= FRESH) this.#known = { at: now, workers: this.workers() };
    return (await this.#known.workers).some(({ about }) => runs(about, type));
  }
}

/** A process of an older version does not say so: assume that it works on every type and lane. */
const isWorker = ({ roles, slots }: AboutNode): boolean => slots !== 0 && (roles?.includes('worker') ?? true);

export const runs = ({ types }: AboutNode, type: string): boolean => types?.includes(type) ?? true;

export const serves = ({ lanes }: AboutNode, lane: string): boolean =>
  lanes === undefined || Object.hasOwn(lanes, lane);
