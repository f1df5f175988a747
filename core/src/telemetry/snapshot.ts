// What there is to be watched at this moment, read once for one request.
import type { Figures } from '../db/minute-columns.ts';
import type { SeenNode } from '../db/node-reads.ts';
import { oldestReady } from '../db/oldest-ready.ts';
import type { Engine } from '../engine.ts';
import type { Hub } from '../events/hub.ts';
import type { ProcessFigures } from '../jobs/process-figures.ts';

/** Times in milliseconds. */
export interface Snapshot {
  now: number;
  engine: { engine: string; version: string; node: string };
  /** How many jobs stand in which state, as they are stored. */
  counts: readonly { state: string; type: string; n: number }[];
  /** Everything since the beginning, by type. */
  ever: ReadonlyMap<string, Figures>;
  /** Since when the oldest ready job of a lane waits. */
  oldest: ReadonlyMap<string, number>;
  nodes: readonly SeenNode[];
  plugins: Readonly<Record<string, string>>;
  /** Of this process. */
  process: Pick<ProcessFigures, 'events' | 'transactions' | 'leasesLost' | 'crashes'>;
  slots: { all: number; running: number; stuck: number };
  clients: { sockets: number; streams: number };
  writeQueue: number;
}

export interface Watched {
  engine: Engine;
  hub: Hub;
  plugins: () => Record<string, string>;
}

export function snapshots({ engine, hub, plugins }: Watched): () => Promise<Snapshot> {
  const { ledger, reads, metrics, minutes, peers, worker, writes, figures, identity } = engine;
  const oldest = oldestReady(ledger.dialect);
  return async () => {
    // Those of this process up to now; others write theirs once a minute.
    await minutes.flush();
    const { engine: name, version } = ledger.dialect.facts();
    const running = worker.running.length;
    return {
      now: engine.now(),
      engine: { engine: name, version, node: identity.node },
      counts: await reads.counts(),
      ever: await metrics.ever(),
      oldest: await oldest(),
      nodes: await peers.all(),
      plugins: plugins(),
      process: figures,
      slots: { all: worker.claims ? running + worker.free : 0, running, stuck: engine.stuck() },
      clients: { sockets: hub.size - hub.streams, streams: hub.streams },
      writeQueue: writes.waiting,
    };
  };
}
