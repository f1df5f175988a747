// The service Monitor: the state of queue and process, read once for each question.
import { type JobEvent, JobsError, type Monitor, type MonitoredNode, type TypeTotals } from '@phraseworks/sdk';
import { type Clock, withTimeout } from '../kernel/clock.ts';
import { type Identity, version } from '../kernel/identity.ts';
import { isJobState, publicState, type StoredState } from '../queue/lifecycle.ts';
import type { Minutes } from '../queue/minutes.ts';
import type { Peers } from '../queue/presence.ts';
import type { ProcessFigures } from '../queue/process-figures.ts';
import type { JobReads } from '../store/job-reads.ts';
import type { Ledger } from '../store/ledger.ts';
import { ALL_TYPES, type MetricsStore } from '../store/metrics-store.ts';
import { countsIn, type Figures, RUNS, WAITS } from '../store/minute-columns.ts';
import type { AboutNode } from '../store/node-about.ts';
import { oldestReady } from '../store/oldest-ready.ts';
import type { StorageWatch } from '../store/storage-watch.ts';
import { BOUNDS } from '../store/time-buckets.ts';
import type { WriteQueue } from '../store/write-queue.ts';

/** A scraper usually waits ten seconds, and the look at the storage takes up to three. Milliseconds. */
const READ_WITHIN = 4_000;

interface MonitorParts {
  identity: Identity;
  ledger: Ledger;
  reads: JobReads;
  metrics: MetricsStore;
  minutes: Minutes;
  peers: Peers;
  writes: WriteQueue;
  figures: ProcessFigures;
  storage: StorageWatch;
  /** This process as it is now. */
  about(): AboutNode;
  plugins(): Record<string, string>;
  clients(): { websocket: number; sse: number };
  clock: Clock;
}

export function createMonitor(parts: MonitorParts): Monitor {
  const { identity, ledger, reads, metrics, minutes, peers, writes, figures, storage, about, clock } = parts;
  const oldest = oldestReady(ledger.dialect);

  const readShared = async (writable: boolean) => {
    // Other processes write their figures once a minute.
    if (writable) await minutes.flush();
    const ever = await metrics.ever();
    ever.delete(ALL_TYPES);
    return {
      jobs: byState(await reads.counts()),
      totals: new Map([...ever].map(([type, its]) => [type, totalsOf(its)])),
      oldest: await oldest(),
      nodes: (await peers.all()).map(({ id, heartbeatAt, live, about: said }): MonitoredNode => {
        const { hostname = null, slots = 0, running = 0, stuck = 0 } = id === identity.node ? about() : said;
        return { id, hostname, heartbeatAt, live, slots, running, stuck };
      }),
    };
  };

  return {
    snapshot: async () => {
      const { writable } = await storage.now();
      const shared = await withTimeout(clock, READ_WITHIN, readShared(writable)).catch((error: unknown) => {
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
        plugins: parts.plugins(),
        clients: parts.clients(),
        writeQueue: writes.waiting,
        leasesLost: figures.leasesLost,
        crashes: figures.crashes,
      };
    },
    onStored: (listener) => {
      const own = (events: readonly JobEvent[], ms: number): void => listener(events, ms);
      figures.listeners.add(own);
      return () => void figures.listeners.delete(own);
    },
  };
}

function byState(counts: readonly { state: string; type: string; n: number }[]) {
  const types = new Map<string, Record<string, number>>();
  for (const { state, type, n } of counts) {
    const shown = publicState(state as StoredState);
    if (!isJobState(shown) || Number(n) === 0) continue;
    const states = types.get(type) ?? {};
    types.set(type, states);
    states[shown] = (states[shown] ?? 0) + Number(n);
  }
  return types;
}

function totalsOf(its: Readonly<Figures>): TypeTotals {
  const { added = 0, completed = 0, failed = 0, cancelled = 0, retried = 0, wait_ms = 0, run_ms = 0 } = its;
  return {
    ...{ added, completed, failed, cancelled, retried },
    lastCompleted: its.completed_at ?? null,
    wait: { bounds: BOUNDS, counts: countsIn(its, WAITS), sum: wait_ms },
    run: { bounds: BOUNDS, counts: countsIn(its, RUNS), sum: run_ms },
  };
}
