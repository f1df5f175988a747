// One line that says why a job is not running, from the same facts as the claim.
import { formatDuration, type ParkReason } from '@phraseworks/sdk';
import { isFinal, publicState } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import { iso } from '../kernel/clock.ts';
import type { JobReads } from '../store/job-reads.ts';
import type { AboutNode } from '../store/node-store.ts';
import type { StoredPause } from '../store/pause-store.ts';
import type { Attempts } from './attempts.ts';
import type { Pauses } from './pauses.ts';
import { type Peers, runs, serves } from './presence.ts';
import type { TypeRegistry } from './registry.ts';
import { isSuspect, suspicionOf } from './suspects.ts';

export interface Situation {
  now: number;
  /** This process claims jobs. */
  claiming: boolean;
  slots: number;
  running: number;
  /** Attempts running in the job's lane, and the lane's limit. */
  inLane: number;
  laneLimit: number;
  /** Why the type cannot run now, from the registry. */
  typePark: ParkReason | null;
  /** The pause of its type or lane. */
  pause: StoredPause | null;
  /** This process claims from the job's lane; or its configuration leaves the lane to others (`queue.lanes`). */
  served: boolean;
  leftToOthers: boolean;
  /** Other live processes that claim jobs. */
  others: readonly AboutNode[];
  /** Jobs ahead of it in its lane. */
  ahead: number;
}

const PARKED: Record<string, (job: JobRecord, pause: StoredPause | null) => string> = {
  plugin_disabled: (job) => `the plugin "${job.plugin ?? '?'}" is disabled. The job will run when it is enabled`,
  plugin_failed: (job) => `the plugin "${job.plugin ?? '?'}" failed to start. Fix the cause, then enable it again`,
  plugin_waiting: (job) => `the plugin "${job.plugin ?? '?'}" is waiting for a plugin that it needs`,
  no_processor: () => 'no known plugin has a processor for its type',
  data_version: (job) =>
    `${job.error ?? 'its data does not fit this version of its type'}. It is tried again when its plugin starts`,
  paused: (_job, pause) =>
    pause ? paused(pause) : 'its type or lane was paused. It returns to the queue within seconds',
};

const parked = (reason: string | null, job: JobRecord, pause: StoredPause | null): string =>
  reason !== null && Object.hasOwn(PARKED, reason)
    ? (PARKED[reason]?.(job, pause) ?? '')
    : 'the reason is unknown to this version';

/** The current reason, which may differ from the stored one: pauses begin and end while the job is parked. */
function holding({ reason }: JobRecord, { pause, typePark }: Situation): string | null {
  if (pause && typePark === 'paused') return 'paused';
  return reason === 'paused' && !pause ? (typePark ?? reason) : reason;
}

const paused = ({ kind, name, by, since, until, reason }: StoredPause): string =>
  `its ${kind === 'type' ? 'type' : `lane "${name}"`} is paused${by === null ? '' : ` by ${by}`} since ${iso(since)}` +
  `${until === null ? '' : `, until ${iso(until)}`}${reason === null ? '' : `: ${reason}`}`;

export function whyNot(job: JobRecord, facts: Situation): string {
  const line = whyState(job, facts);
  const suspicion = isFinal(publicState(job.state)) ? null : suspicionOf(job);
  return suspicion === null ? line : `${line} It runs alone in its process because ${suspicion}.`;
}

function whyState(job: JobRecord, facts: Situation): string {
  switch (job.state) {
    case 'processing':
      if (isSuspect(job) && job.startedRun !== job.run)
        return 'Claimed. It starts when nothing else runs in its process.';
      if (job.leaseUntil !== null && job.leaseUntil < facts.now)
        return `Its worker stopped responding: the lease expired ${formatDuration(facts.now - job.leaseUntil)} ago. The next running worker will return the job to the queue.`;
      return `Running (attempt ${job.attempt} of ${job.maxRetries + 1}, for ${formatDuration(facts.now - (job.startedAt ?? facts.now))}).`;
    case 'completed':
      return 'Completed.';
    case 'failed':
      return `Failed${job.reason ? ` (${job.reason})` : ''} on attempt ${job.attempt} of ${job.maxRetries + 1}.`;
    case 'cancelled':
      return `Cancelled${job.reason && job.reason !== 'cancelled' ? ` (${job.reason})` : ''}.`;
    case 'parked':
      return `On hold: ${parked(holding(job, facts), job, facts.pause)}.`;
    case 'scheduled': {
      const wait = formatDuration(Math.max((job.dueAt ?? facts.now) - facts.now, 0));
      const beside = facts.pause ? `. Also, ${paused(facts.pause)}.` : '.';
      return job.attempt > 0 || job.error !== null
        ? `Next attempt (${job.attempt + 1} of ${job.maxRetries + 1}) in ${wait}${beside}`
        : `Scheduled to run in ${wait}${beside}`;
    }
    case 'ready':
      return ready(job, facts);
    default:
      return 'Unknown state: a newer version may have written it.';
  }
}

function ready(job: JobRecord, facts: Situation): string {
  const here = facts.claiming && facts.served && !facts.typePark;
  const others = facts.others.filter((about) => runs(about, job.type) && serves(about, job.lane));
  if (!here && others.length === 0) return stranded(job, facts);
  const before =
    facts.ahead === 0
      ? 'it is next in line'
      : `${facts.ahead >= 1_000 ? '1000 or more' : facts.ahead} jobs are ahead of it in its lane`;
  const othersBusy = others.every(({ running, slots }) => (running ?? 0) >= (slots ?? Number.POSITIVE_INFINITY));
  const busyHere = !here || facts.inLane >= facts.laneLimit || facts.running >= facts.slots;
  if (othersBusy && busyHere) return `${busy(facts, here, others)}; ${before}.`;
  return facts.ahead === 0 ? 'Next in line.' : `Waiting in queue: ${before}.`;
}

/** No live process can run it. */
function stranded(job: JobRecord, { typePark, pause, claiming, served, leftToOthers, others }: Situation): string {
  if (typePark && (claiming || typePark !== 'no_processor'))
    return `About to be put on hold: ${parked(typePark, job, pause)}.`;
  if (claiming && !served && !leftToOthers)
    return `No worker serves its lane "${job.lane}". It will be moved within seconds.`;
  const live = others.length + (claiming ? 1 : 0);
  const wanted = leftToOthers
    ? `claims from its lane "${job.lane}"`
    : `has ${job.plugin === null ? 'its processor' : `the plugin "${job.plugin}"`}`;
  return `No running worker can handle this type (${live} ${live === 1 ? 'worker' : 'workers'} running). Start a worker that ${wanted}.`;
}

function busy({ inLane, laneLimit, slots }: Situation, here: boolean, others: readonly AboutNode[]): string {
  const n = others.length + (here ? 1 : 0);
  const all = others.reduce((sum, about) => sum + (about.slots ?? 0), here ? slots : 0);
  if (n > 1 || !here) return `All ${all} slots of ${n} ${n === 1 ? 'worker' : 'workers'} are busy`;
  if (inLane >= laneLimit) return `All ${laneLimit} slots of its type are busy`;
  return `All ${slots} slots of this process are busy (queue.maxConcurrentJobs)`;
}

/** This process as it is now, and the others as of their last heartbeat. */
export async function situationOf(
  record: JobRecord,
  {
    registry,
    attempts,
    reads,
    peers,
    pauses,
    now,
  }: {
    registry: TypeRegistry;
    attempts: Attempts;
    reads: JobReads;
    peers: Peers;
    pauses: Pauses;
    now: () => number;
  },
  own: { claiming: boolean; slots: number },
): Promise<Situation> {
  const lanes = registry.lanes();
  const isReady = record.state === 'ready';
  const others = isReady ? (await peers.workers()).map(({ about }) => about) : [];
  return {
    ...own,
    now: now(),
    running: attempts.size,
    inLane: attempts.inLane(record.lane),
    laneLimit: lanes.get(record.lane) ?? Number.POSITIVE_INFINITY,
    typePark: registry.parkReason(record.type),
    pause: pauses.of(record.type),
    served: lanes.has(record.lane),
    leftToOthers: registry.isLeftToOthers(record.lane),
    others,
    ahead: isReady ? await reads.ahead(record) : 0,
  };
}
