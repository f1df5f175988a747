// What `whyNot` gets: the state of this process as it is, and of the others as they last said.
import type { JobReads } from '../store/job-reads.ts';
import type { Pauses } from './pauses.ts';
import type { Peers } from './peers.ts';
import type { JobRecord } from './record.ts';
import type { TypeRegistry } from './registry.ts';
import type { Facts } from './why.ts';
import type { Worker } from './worker.ts';

interface Parts {
  registry: TypeRegistry;
  worker: Worker;
  reads: JobReads;
  peers: Peers;
  pauses: Pauses;
  now: () => number;
}

export async function whyFacts(
  record: JobRecord,
  { registry, worker, reads, peers, pauses, now }: Parts,
  own: { claiming: boolean; slots: number },
): Promise<Facts> {
  const lanes = registry.lanes();
  const isReady = record.state === 'ready';
  const others = isReady ? (await peers.workers()).map(({ about }) => about) : [];
  return {
    ...own,
    now: now(),
    running: worker.running.length,
    inLane: worker.runningIn(record.lane),
    laneLimit: lanes.get(record.lane) ?? Number.POSITIVE_INFINITY,
    typePark: registry.parkReason(record.type),
    pause: pauses.of(record.type),
    served: lanes.has(record.lane),
    leftToOthers: registry.isLeftToOthers(record.lane),
    draining: worker.draining,
    others,
    ahead: isReady ? await reads.ahead(record) : 0,
  };
}
