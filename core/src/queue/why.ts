// One line that says why a job is not running, from the same facts as the claim.
import { formatDuration, type ParkReason } from '@phraseworks/sdk';
import { isFinal, publicState } from '../job/lifecycle.ts';
import type { Deadline, JobRecord } from '../job/record.ts';
import { iso } from '../kernel/clock.ts';
import type { StoredPause } from '../store/holds.ts';
import type { AboutNode } from '../store/node-store.ts';
import { runs } from './presence.ts';
import { isSuspect, suspicionOf } from './suspects.ts';

export interface Situation {
  now: number;
  /** Why nothing runs its type. */
  held: ParkReason | null;
  pause: StoredPause | null;
  /** Why its data does not fit the versions that run. */
  refusal: string | null;
  /** Why its plugin failed, and when it is tried again. */
  failure: string | null;
  /** This process claims its type. */
  here: boolean;
  slots: number;
  running: number;
  /** Attempts running that share the limit of its type, and that limit. */
  inGroup: number;
  groupLimit: number;
  /** Live processes that claim jobs, and those of them besides this one. */
  workers: number;
  others: readonly AboutNode[];
  /** Jobs of its type ahead of it. */
  ahead: number;
  /** What it waits for although its type is free, in a sentence. */
  waitsFor: string | null;
  deadline: Deadline | null;
}

function parkedBy(reason: ParkReason, { type, plugin }: JobRecord, { pause, refusal, failure }: Situation): string {
  const owner = `the plugin "${plugin ?? '?'}"`;
  switch (reason) {
    case 'paused':
      return pause === null ? 'its type or plugin was paused' : paused(pause, type);
    case 'plugin_disabled':
      return `${owner} is disabled. The job will run when it is enabled`;
    case 'plugin_failed':
      return `${owner} failed to start${failure ? `: ${failure}` : ''}. To try it now, fix the cause and enable it again`;
    case 'plugin_waiting':
      return `${owner} is waiting for a plugin that it needs`;
    case 'no_processor':
      return 'no known plugin has a processor for its type';
    case 'data_version':
      return `${refusal ?? 'data of its type does not fit the version that runs'}. It is tried again when its plugin starts`;
  }
}

const paused = ({ kind, name, by, since, until, reason }: StoredPause, type: string): string =>
  `its ${kind === 'type' ? `type "${type}"` : `plugin "${name}"`} is paused${by === null ? '' : ` by ${by}`} since ${iso(since)}` +
  `${until === null ? '' : `, until ${iso(until)}`}${reason === null ? '' : `: ${reason}`}`;

export function whyNot(job: JobRecord, facts: Situation): string {
  const line = whyState(job, facts);
  if (isFinal(publicState(job.state))) return line;
  const suspicion = suspicionOf(job);
  const alone = suspicion === null ? '' : ` It runs alone in its process because ${suspicion}.`;
  return `${line}${alone}${job.state === 'processing' ? '' : untilWhen(facts)}`;
}

function untilWhen({ deadline, now }: Situation): string {
  if (deadline === null || deadline.waitsUntil === null) return '';
  const left = formatDuration(Math.max(deadline.waitsUntil - now, 0));
  return deadline.waitsUntil === deadline.giveUpAt
    ? ` It fails if its next attempt does not begin within ${left}.`
    : ` It expires if it does not begin within ${left}.`;
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
      if (job.reason === 'superseded')
        return 'Cancelled: it failed while a later job of its key was waiting, which runs instead.';
      if (facts.waitsFor !== null) return facts.waitsFor;
      if (job.reason === 'expired') return 'Cancelled (expired): its time was over before it began.';
      return `Cancelled${job.reason && job.reason !== 'cancelled' ? ` (${job.reason})` : ''}.`;
    case 'scheduled': {
      if (facts.waitsFor !== null) return facts.waitsFor;
      const wait = formatDuration(Math.max((job.dueAt ?? facts.now) - facts.now, 0));
      const beside = facts.held === null ? '.' : `. Also, it is parked: ${parkedBy(facts.held, job, facts)}.`;
      return job.attempt > 0 || job.error !== null
        ? `Next attempt (${job.attempt + 1} of ${job.maxRetries + 1}) in ${wait}${beside}`
        : `Scheduled to run in ${wait}${beside}`;
    }
    case 'blocked': {
      const beside = facts.held === null ? '' : ` Also, it is parked: ${parkedBy(facts.held, job, facts)}.`;
      return `${facts.waitsFor ?? 'Blocked, although nothing is before it. It runs after the next sweep.'}${beside}`;
    }
    case 'ready':
      if (facts.held === null && facts.waitsFor !== null) return facts.waitsFor;
      return facts.held === null ? ready(job, facts) : `Parked: ${parkedBy(facts.held, job, facts)}.`;
    default:
      return 'Unknown state: a newer version may have written it.';
  }
}

/** Of a job that is blocked by its key: `first` runs before it, the first of `n` that do. */
export function waitsForKey(first: Pick<JobRecord, 'id' | 'state'>, n: number): string {
  const state = publicState(first.state);
  const now = isFinal(state) ? 'cancelled, but has not stopped yet' : state;
  const others = n === 1 ? '' : ` ${n - 1} other ${n === 2 ? 'job' : 'jobs'} of its key must end after that.`;
  return `Blocked: jobs of its key run one after the other, and job ${first.id} must end first, which is ${now}.${others}`;
}

function ready(job: JobRecord, facts: Situation): string {
  const others = facts.others.filter((about) => runs(about, job.type));
  if (!facts.here && others.length === 0) return noWorker(job, facts);
  const before =
    facts.ahead === 0
      ? 'it is next in line'
      : `${facts.ahead >= 1_000 ? '1000 or more' : facts.ahead} jobs of its type are ahead of it`;
  const othersBusy = others.every(({ running, slots }) => (running ?? 0) >= (slots ?? Number.POSITIVE_INFINITY));
  const busyHere = !facts.here || facts.inGroup >= facts.groupLimit || facts.running >= facts.slots;
  if (othersBusy && busyHere) return `${busy(facts, others)}; ${before}.`;
  return facts.ahead === 0 ? 'Next in line.' : `Waiting in queue: ${before}.`;
}

/** No live process claims its type, which is not held: a deployment, for example. */
function noWorker({ plugin }: JobRecord, { workers }: Situation): string {
  const wanted = plugin === null ? 'its processor' : `the plugin "${plugin}"`;
  return `No running worker can handle this type (${workers} ${workers === 1 ? 'worker' : 'workers'} running). Start a worker that has ${wanted}.`;
}

function busy({ here, inGroup, groupLimit, slots }: Situation, others: readonly AboutNode[]): string {
  const n = others.length + (here ? 1 : 0);
  const all = others.reduce((sum, about) => sum + (about.slots ?? 0), here ? slots : 0);
  if (n > 1 || !here) return `All ${all} slots of ${n} ${n === 1 ? 'worker' : 'workers'} are busy`;
  if (inGroup >= groupLimit) return `All ${groupLimit} slots of its type are busy`;
  return `All ${slots} slots of this process are busy (queue.maxConcurrentJobs)`;
}
