// What there is to be watched at this moment, read once for one request.
import { JobsError } from '@phraseworks/sdk';
import type { Clock } from '../clock.ts';
import type { Figures } from '../db/minute-columns.ts';
import type { SeenNode } from '../db/node-reads.ts';
import { oldestReady } from '../db/oldest-ready.ts';
import type { Engine } from '../engine.ts';
import type { Hub } from '../events/hub.ts';
import type { ProcessFigures } from '../jobs/process-figures.ts';
import { within } from '../within.ts';

/** Times in milliseconds. */
export interface Snapshot {
  now: number;
  engine: { engine: string; version: string; node: string };
  /** Null while the database cannot be read. */
  database: DatabaseFigures | null;
  writable: boolean;
  plugins: Readonly<Record<string, string>>;
  /** Of this process. */
  process: Pick<ProcessFigures, 'events' | 'transactions' | 'leasesLost' | 'crashes'>;
  clients: { sockets: number; streams: number };
  writeQueue: number;
}

export interface DatabaseFigures {
  /** How many jobs are in which state, as stored. */
  counts: readonly { state: string; type: string; n: number }[];
  /** Everything since the beginning, by type. */
  ever: ReadonlyMap<string, Figures>;
  /** Since when the oldest ready job of a lane waits. */
  oldest: ReadonlyMap<string, number>;
  /** This one as it is now, others as they said with their last heartbeat. */
  nodes: readonly (SeenNode & { live: boolean })[];
}

/** A scraper waits for ten seconds as a rule: with the look at the storage less than that, in milliseconds. */
const READ_WITHIN = 4_000;

export interface Watched {
  engine: Engine;
  hub: Hub;
  plugins: () => Record<string, string>;
  clock: Clock;
}

export function snapshots({ engine, hub, plugins, clock }: Watched): () => Promise<Snapshot> {
  const { ledger, reads, metrics, minutes, peers, writes, figures, identity, storage } = engine;
  const oldest = oldestReady(ledger.dialect);
  const readDatabase = async (writable: boolean): Promise<DatabaseFigures> => {
    // Those of this process up to now; others write theirs once a minute.
    if (writable) await minutes.flush();
    return {
      counts: await reads.counts(),
      ever: await metrics.ever(),
      oldest: await oldest(),
      nodes: (await peers.all()).map((one) => (one.id === identity.node ? { ...one, about: engine.about() } : one)),
    };
  };
  return async () => {
    const { writable } = await storage.now();
    const database = await within(clock, READ_WITHIN, readDatabase(writable)).catch((error: unknown) => {
      if (error instanceof JobsError && error.code === 'UNAVAILABLE') return null;
      throw error;
    });
    const { engine: name, version } = ledger.dialect.facts();
    return {
      now: engine.now(),
      engine: { engine: name, version, node: identity.node },
      database,
      writable: storage.state.writable,
      plugins: plugins(),
      process: figures,
      clients: { sockets: hub.size - hub.streams, streams: hub.streams },
      writeQueue: writes.waiting,
    };
  };
}
