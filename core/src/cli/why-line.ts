// Why a job is not running, seen from outside: by all processes that work on the database. Pure.
import type { ParkReason } from '@phraseworks/sdk';
import type { SeenNode } from '../db/node-reads.ts';
import type { JobRecord } from '../jobs/record.ts';
import { whyNot } from '../jobs/why.ts';

export interface SiteFacts {
  now: number;
  /** Milliseconds without a heartbeat after which a process counts as gone. */
  patience: number;
  nodes: readonly SeenNode[];
  typePark: ParkReason | null;
  /** Jobs of its lane that come before it. */
  ahead: number;
}

/** Those that have been heard of, may claim, and are not on their way out. */
export const workers = (nodes: readonly SeenNode[], now: number, patience: number): SeenNode[] =>
  nodes.filter(
    ({ heartbeatAt, about }) =>
      heartbeatAt >= now - patience && about.draining !== true && (about.roles?.includes('worker') ?? true),
  );

export function whyFromOutside(job: JobRecord, facts: SiteFacts): string {
  const { now, nodes, patience, typePark, ahead } = facts;
  const own = {
    claiming: true,
    slots: 1,
    running: 0,
    inLane: 0,
    laneLimit: 1,
    served: true,
    leftToOthers: false,
    draining: false,
    others: [],
  };
  if (job.state !== 'ready' || typePark) return whyNot(job, { ...own, now, typePark, ahead });
  const working = workers(nodes, now, patience);
  if (working.length === 0) return 'No process works on this database now: start one.';
  const serving = working.filter(({ about }) => about.lanes === undefined || Object.hasOwn(about.lanes, job.lane));
  if (serving.length === 0)
    return `None of the ${working.length} processes that work here claims from its lane "${job.lane}".`;
  const before =
    ahead === 0 ? 'it is next' : `${ahead >= 1_000 ? '1000 or more' : ahead} jobs of its lane come before it`;
  const busy = serving.every(({ about }) => (about.running ?? 0) >= (about.slots ?? Number.POSITIVE_INFINITY));
  if (busy) return `All slots of the ${serving.length} processes that serve its lane are busy; ${before}.`;
  return ahead === 0 ? 'It is next and starts in a moment.' : `It waits its turn: ${before}.`;
}
