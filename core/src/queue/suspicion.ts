// What a crash says about the jobs that were in the process: who becomes a suspect, who is found guilty. Pure.

/** A job that was at work in so many crashes is a suspect: it runs alone from then on. */
const SUSPECT_AFTER = 2;
/** A suspect whose process died so often while it ran alone is not run again. */
const MOST_LONE_CRASHES = 3;

/** How a process ended that did not put its jobs back: by itself, after a request to stop, or with its machine. */
export type End = 'died' | 'stopped' | 'restarted';

interface Suspicion {
  crashes: number;
  loneCrashes: number;
}

interface Lost extends Suspicion {
  attempt: number;
  run: number;
  startedRun: number | null;
  aloneRun: number | null;
}

export interface CrashVerdict extends Suspicion {
  step: 'release' | 'fail';
  attempt: number;
  /** Of the attempt that was lost. */
  outcome: 'crashed' | 'released';
  why: string;
  /** Of a job that has failed. */
  error: string | null;
}

export const isSuspect = ({ crashes }: Pick<Suspicion, 'crashes'>): boolean => crashes >= SUSPECT_AFTER;

/** Must be noted when it begins, so that a later crash knows whether it was at work. */
export const isWatched = ({ crashes }: Pick<Suspicion, 'crashes'>): boolean => crashes > 0;

const WHY: Record<Exclude<End, 'died'>, string> = {
  stopped: 'the process was stopped and did not put the job back',
  restarted: 'the machine was restarted',
};

/** A job whose process has ended: back to the queue without spending an attempt, or failed. */
export function settleCrash(job: Lost, onLost: 'retry' | 'fail', end: End): CrashVerdict {
  const { run, crashes, loneCrashes } = job;
  const alone = job.aloneRun === run;
  // Of a job without a crash it was not noted whether it began.
  const atWork = !isWatched(job) || job.startedRun === run;
  const guilty = end === 'died' && atWork;
  const counted = {
    crashes: crashes + (guilty ? 1 : 0),
    loneCrashes: loneCrashes + (guilty && alone ? 1 : 0),
  };
  const why = end === 'died' ? whyDied(atWork, alone) : WHY[end];
  const outcome = guilty ? 'crashed' : 'released';
  if (counted.loneCrashes >= MOST_LONE_CRASHES) {
    const error = `the process died ${counted.loneCrashes} times while it ran this job alone`;
    return { step: 'fail', ...counted, attempt: job.attempt, outcome, why, error };
  }
  if (onLost === 'fail' && atWork) {
    const error = `${end === 'died' ? 'the process died' : WHY[end]} while it ran this job`;
    return { step: 'fail', ...counted, attempt: job.attempt, outcome, why, error };
  }
  return { step: 'release', ...counted, attempt: job.attempt - 1, outcome, why, error: null };
}

function whyDied(atWork: boolean, alone: boolean): string {
  if (!atWork) return 'the process died before this attempt began';
  return alone ? 'the process died while it ran this job alone' : 'the process died';
}

/** `it was there at 3 crashes, at 1 of them alone`; null for a job that is no suspect. */
export function suspicionOf(job: Suspicion): string | null {
  if (!isSuspect(job)) return null;
  const { crashes, loneCrashes } = job;
  const alone = loneCrashes === 0 ? '' : `, at ${loneCrashes} of them alone (${MOST_LONE_CRASHES} end it)`;
  return `it was there at ${crashes === 2 ? 'two' : crashes} crashes${alone}`;
}
