// The service Monitor: the state of the queue and this process, and finished jobs.
import {
  type EndedJob,
  type EndedQuery,
  type JobState,
  JobsError,
  type Monitor,
  type MonitoredNode,
  type StoredChanges,
  type SystemSnapshot,
} from '@phraseworks/sdk';
import { isJobState, publicState, type StoredState } from '../job/lifecycle.ts';
import { Clock, withTimeout } from '../kernel/clock.ts';
import { type Built, Needing } from '../kernel/container.ts';
import { Identity, version } from '../kernel/identity.ts';
import { decodeJson } from '../kernel/json.ts';
import { Hub } from '../live/hub.ts';
import { type HeldTypes, Holds } from '../queue/holds.ts';
import { Lease } from '../queue/lease.ts';
import { Peers, ThisNode } from '../queue/presence.ts';
import { TypeRegistry } from '../queue/registry.ts';
import { Rescue } from '../queue/rescue.ts';
import { HostTransactions } from '../store/host-transactions.ts';
import { JobReads, oldestReady } from '../store/job-reads.ts';
import { Ledger } from '../store/ledger.ts';
import { WriteHealth } from '../store/write-health.ts';
import { WriteQueue } from '../store/write-queue.ts';

/** Milliseconds. Scrapers usually wait ten seconds, and the storage check takes up to three. */
const READ_WITHIN = 4_000;
/** Finished jobs that are returned; with their results, which may be large, at most so many. */
const MOST = 2_000;
const WITH_RESULT = 20;

type Listener = Parameters<Monitor['onStored']>[0];

export class CoreMonitor extends Needing<typeof CoreMonitor.needs> implements Monitor {
  static readonly needs = {
    identity: Identity,
    ledger: Ledger,
    hostTransactions: HostTransactions,
    reads: JobReads,
    peers: Peers,
    holds: Holds,
    registry: TypeRegistry,
    writes: WriteQueue,
    lease: Lease,
    rescue: Rescue,
    storage: WriteHealth,
    here: ThisNode,
    hub: Hub,
    clock: Clock,
  };
  readonly #oldest = oldestReady(this.needs.ledger.dialect);
  readonly #listeners = new Set<Listener>();
  /** What listeners that come later have missed; null from `started()` on. */
  #missed: Parameters<Listener>[] | null = [];

  constructor(parts: Built<typeof CoreMonitor.needs>) {
    super(parts);
    parts.ledger.written.on(({ changes, ms }) => this.#tell(changes, ms));
    parts.hostTransactions.added.on((changes) => this.#tell(changes, null));
  }

  get node(): string {
    return this.needs.identity.node;
  }

  /** This process has changed jobs, and keeps that for the first listener. */
  get hasMissed(): boolean {
    return this.#missed !== null && this.#missed.length > 0;
  }

  /** The plugins are on: later listeners no longer receive what happened before. */
  started(): void {
    this.#missed = null;
  }

  onStored(listener: Listener): () => void {
    const own: Listener = (changes, ms) => listener(changes, ms);
    this.#listeners.add(own);
    for (const stored of this.#missed ?? []) own(...stored);
    return () => void this.#listeners.delete(own);
  }

  async ended(query: EndedQuery): Promise<EndedJob[]> {
    const withResult = query.state === 'completed' && query.limit <= WITH_RESULT;
    const { jobs } = await this.needs.reads.ended({ ...query, limit: Math.min(MOST, query.limit), withResult });
    return jobs.map(({ id, error, reason, finishedAt, result = null, schedule }) => ({
      id,
      at: Number(finishedAt ?? 0),
      error,
      reason,
      result: result === null ? null : (decodeJson(result) ?? null),
      schedule,
    }));
  }

  async snapshot(): Promise<SystemSnapshot> {
    const { clock, ledger, identity, storage, writes, lease, rescue, hub } = this.needs;
    await storage.now();
    const shared = await withTimeout(clock, READ_WITHIN, this.#shared()).catch((error: unknown) => {
      if (error instanceof JobsError && error.code === 'UNAVAILABLE') return null;
      throw error;
    });
    const { engine, version: ofEngine } = ledger.dialect.facts();
    return {
      now: clock.now(),
      version: version(),
      database: `${engine} ${ofEngine}`,
      node: identity.node,
      shared,
      writable: storage.state.writable,
      clients: hub.size,
      writeQueue: writes.unwritten,
      leasesLost: lease.lost,
      crashes: rescue.rescued,
    };
  }

  async #shared(): Promise<NonNullable<SystemSnapshot['shared']>> {
    const { identity, reads, holds, peers, registry, here } = this.needs;
    const jobs = byState(await reads.counts(), await holds.now());
    // Time for which a type was held is not waiting.
    const waiting = [...jobs].flatMap(([type, { pending = 0 }]) => (pending > 0 ? [type] : []));
    return {
      jobs,
      oldest: await this.#oldest(waiting, (type) => registry.freeSince(type)),
      nodes: (await peers.all()).map(({ id, heartbeatAt, live, about: said }): MonitoredNode => {
        const is = id === identity.node ? here.about() : said;
        const { hostname = null, slots = 0, running = 0, stuck = 0, plugins = {} } = is;
        return { id, hostname, heartbeatAt, live, slots, running, stuck, plugins };
      }),
    };
  }

  #tell(changes: StoredChanges, ms: number | null): void {
    if (changes.events.length > 0) this.#missed?.push([changes, ms]);
    for (const listener of this.#listeners) {
      try {
        listener(changes, ms);
      } catch {
        // The transaction is stored, whatever a listener makes of it.
      }
    }
  }
}

function byState(counts: readonly { state: string; type: string; n: number }[], { heldBy }: HeldTypes) {
  const types = new Map<string, Partial<Record<JobState, number>>>();
  for (const { state, type, n } of counts) {
    const shown = publicState(state as StoredState, heldBy(type) !== null);
    if (!isJobState(shown) || Number(n) === 0) continue;
    const states = types.get(type) ?? {};
    types.set(type, states);
    states[shown] = (states[shown] ?? 0) + Number(n);
  }
  return types;
}
