// Jobs that were running when a process crashed: which become suspects, and when they fail for good.
import type { JobRecord } from '../job/record.ts';

/** A job that was running in this many crashes is a suspect and runs alone from then on. */
const SUSPECT_AFTER = 2;
/** A suspect fails for good after this many crashes while it ran alone. */
const MOST_LONE_CRASHES = 3;

/** How a process ended without releasing its jobs: by itself, after a request to stop, or with its machine. */
export type End = 'died' | 'stopped' | 'restarted';

type Suspicion = Pick<JobRecord, 'crashes' | 'loneCrashes'>;

export interface CrashDecision extends Suspicion {
  step: 'rescue' | 'crash';
  attempt: number;
  /** Outcome of the lost attempt. */
  outcome: 'crashed' | 'released';
  why: string;
  /** Set when the job fails. */
  error: string | null;
}

export const isSuspect = ({ crashes }: Pick<Suspicion, 'crashes'>): boolean => crashes >= SUSPECT_AFTER;

/** Record when it starts, so that the rescue after a crash knows whether it was running. */
export const isWatched = ({ crashes }: Pick<Suspicion, 'crashes'>): boolean => crashes > 0;

const WHY: Record<Exclude<End, 'died'>, string> = {
  stopped: 'the process was stopped',
  restarted: 'the machine was restarted',
};

/** Decides about a job whose process ended: back to the queue without using up an attempt, or failed for good. */
export function decideCrash(
  job: Suspicion & Pick<JobRecord, 'attempt' | 'run' | 'startedRun' | 'aloneRun'>,
  onLost: 'retry' | 'fail',
  end: End,
): CrashDecision {
  const { run, crashes, loneCrashes } = job;
  const alone = job.aloneRun === run;
  // Starts are recorded only for watched jobs, so assume that any other job was running.
  const atWork = !isWatched(job) || job.startedRun === run;
  const guilty = end === 'died' && atWork;
  const counted = {
    crashes: crashes + (guilty ? 1 : 0),
    loneCrashes: loneCrashes + (guilty && alone ? 1 : 0),
  };
  const why = end === 'died' ? whyDied(atWork, alone) : WHY[end];
  const error = errorOf(counted.loneCrashes, onLost === 'fail' && atWork, end);
  return {
    ...counted,
    step: error === null ? 'rescue' : 'crash',
    attempt: error === null ? job.attempt - 1 : job.attempt,
    outcome: guilty ? 'crashed' : 'released',
    why,
    error,
  };
}

/** Why the job fails for good; null if it does not. */
function errorOf(loneCrashes: number, failsAtOnce: boolean, end: End): string | null {
  if (loneCrashes >= MOST_LONE_CRASHES)
    return `the process crashed ${loneCrashes} times while running this job alone: if something else ended it each time, such as a lack of memory, retry the job`;
  return failsAtOnce ? `${end === 'died' ? 'the process crashed' : WHY[end]} while running this job` : null;
}

function whyDied(atWork: boolean, alone: boolean): string {
  if (!atWork) return 'the process crashed before this attempt started';
  return alone ? 'the process crashed while running this job alone' : 'the process crashed';
}

/** `it was running in 3 crashes, 1 of them alone (fails at 3)`; null for a job that is no suspect. */
export function suspicionOf(job: Suspicion): string | null {
  if (!isSuspect(job)) return null;
  const { crashes, loneCrashes } = job;
  const alone = loneCrashes === 0 ? '' : `, ${loneCrashes} of them alone (fails at ${MOST_LONE_CRASHES})`;
  return `it was running in ${crashes === 2 ? 'two' : crashes} crashes${alone}`;
}
