// One line that says why a job is not running, from the same facts as the claim. Pure.
import { formatDuration, type ParkReason } from '@phraseworks/sdk';
import type { JobRecord } from './record.ts';

export interface Facts {
  now: number;
  /** This process claims jobs. */
  claiming: boolean;
  slots: number;
  running: number;
  /** Attempts running in the job's lane, and the lane's limit. */
  inLane: number;
  laneLimit: number;
  /** Why the type cannot run now, by the registry. */
  typePark: ParkReason | null;
  /** Whether this process claims from the job's lane. */
  served: boolean;
  ahead: number;
}

const PARKED: Record<string, (job: JobRecord) => string> = {
  plugin_disabled: (job) =>
    `the plugin "${job.plugin ?? '?'}" is switched off: the job comes back when it is switched on`,
  plugin_failed: (job) => `the plugin "${job.plugin ?? '?'}" failed to start: see its reason, then switch it on again`,
  plugin_waiting: (job) => `the plugin "${job.plugin ?? '?'}" waits for a plugin that it needs`,
  no_processor: () => 'no plugin that is known here has a processor for its type',
  paused: () => 'its type or lane is paused',
  limit: () => 'a limit of its plugin is reached',
  dependency: () => 'another job has to end first',
  held: () => 'it is held until a person lets it go',
};

const parked = (reason: string | null, job: JobRecord): string =>
  reason !== null && Object.hasOwn(PARKED, reason) ? (PARKED[reason]?.(job) ?? '') : 'the reason is not known here';

export function whyNot(job: JobRecord, facts: Facts): string {
  switch (job.state) {
    case 'processing':
      return `It is running (attempt ${job.attempt} of ${job.maxRetries + 1}, for ${formatDuration(facts.now - (job.startedAt ?? facts.now))}).`;
    case 'completed':
      return 'It is completed.';
    case 'failed':
      return `It has failed${job.reason ? ` (${job.reason})` : ''} after attempt ${job.attempt} of ${job.maxRetries + 1}: retry it to run it again.`;
    case 'cancelled':
      return `It was cancelled${job.reason && job.reason !== 'cancelled' ? ` (${job.reason})` : ''}.`;
    case 'parked':
      return `It is parked: ${parked(job.reason, job)}.`;
    case 'scheduled': {
      const wait = formatDuration(Math.max((job.dueAt ?? facts.now) - facts.now, 0));
      return job.attempt > 0 || job.error !== null
        ? `It waits ${wait} for its next attempt (${job.attempt + 1} of ${job.maxRetries + 1}).`
        : `It is delayed for ${wait}.`;
    }
    case 'ready':
      return ready(job, facts);
    default:
      return 'Its state is not known here: a newer version may have written it.';
  }
}

function ready(job: JobRecord, facts: Facts): string {
  if (facts.typePark) return `It is about to be parked: ${parked(facts.typePark, job)}.`;
  if (!facts.claiming) return 'No worker runs in this process: start one, or wait for the one of another process.';
  if (!facts.served) return `Nobody here serves its lane "${job.lane}": it is moved within a sweep.`;
  const before =
    facts.ahead === 0
      ? 'it is next'
      : `${facts.ahead >= 1_000 ? '1000 or more' : facts.ahead} jobs of its lane come before it`;
  if (facts.inLane >= facts.laneLimit) return `All ${facts.laneLimit} slots of its type are busy; ${before}.`;
  if (facts.running >= facts.slots)
    return `All ${facts.slots} slots of this process are busy (queue.maxConcurrentJobs); ${before}.`;
  return facts.ahead === 0 ? 'It is next and starts in a moment.' : `It waits its turn: ${before}.`;
}
