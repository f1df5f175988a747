// Jobs that were running when a process crashed: which become suspects, how one runs alone, and when it is given up.
import type { Cancel, Clock } from '../kernel/clock.ts';
import type { ClaimedJob } from './record.ts';

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

export interface CrashDecision extends Suspicion {
  step: 'rescue' | 'crash';
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
export function settleCrash(job: Lost, onLost: 'retry' | 'fail', end: End): CrashDecision {
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
    return { step: 'crash', ...counted, attempt: job.attempt, outcome, why, error };
  }
  if (onLost === 'fail' && atWork) {
    const error = `${end === 'died' ? 'the process died' : WHY[end]} while it ran this job`;
    return { step: 'crash', ...counted, attempt: job.attempt, outcome, why, error };
  }
  return { step: 'rescue', ...counted, attempt: job.attempt - 1, outcome, why, error: null };
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

/** How long the process claims nothing and waits for what runs to end, in milliseconds; doubled each time that it was not enough. */
const FIRST_PATIENCE = 5_000;
const LONGEST_PATIENCE = 3_600_000;

interface AloneDeps {
  clock: Clock;
  /** Nothing runs here, waits here for its turn, or waits to be stored. */
  isEmpty: () => boolean;
  /** Resolves when no claim is under way. */
  committed: () => Promise<void>;
  begin: (job: ClaimedJob) => void;
  /** Back to the queue: for any process at once, or for none before `until`. */
  release: (job: ClaimedJob, until?: number) => void;
  /** The process may claim again. */
  onOver: () => void;
}

export class Alone {
  readonly #deps: AloneDeps;
  /** The one suspect that has this process, or waits for it. */
  #job: ClaimedJob | null = null;
  #runs = false;
  #since = 0;
  #patience = FIRST_PATIENCE;
  /** By the steady clock: until then the process is there for the others. */
  #othersUntil = Number.NEGATIVE_INFINITY;
  #timer: Cancel | null = null;

  constructor(deps: AloneDeps) {
    this.#deps = deps;
  }

  /** A suspect runs here, or is to: nothing else may begin. */
  get isOn(): boolean {
    return this.#job !== null;
  }

  /** The suspect that waits for its turn. */
  get waiting(): ClaimedJob | null {
    return this.#runs ? null : this.#job;
  }

  /** A suspect that this process has claimed. */
  accept(job: ClaimedJob): void {
    const { clock, release } = this.#deps;
    const others = this.#othersUntil - clock.steady();
    if (this.#job) release(job);
    else if (others > 0) release(job, clock.now() + others);
    else {
      this.#job = job;
      this.#since = clock.steady();
      this.#timer = clock.after(this.#patience, () => this.#stopWaiting());
    }
  }

  /** Something has ended or is stored: it may be the suspect's turn, or be over. */
  check(): void {
    const job = this.#job;
    if (!job || !this.#deps.isEmpty()) return;
    if (this.#runs) this.#finish();
    else void this.#deps.committed().then(() => this.#begin(job));
  }

  /** The suspect that waits goes back, where it is of these. */
  drop(which: (job: ClaimedJob) => boolean): void {
    const job = this.waiting;
    if (!job || !which(job)) return;
    this.#clear();
    this.#deps.release(job);
  }

  #begin(job: ClaimedJob): void {
    if (this.#job !== job || this.#runs || !this.#deps.isEmpty()) return;
    this.#timer?.();
    this.#timer = null;
    this.#runs = true;
    this.#patience = FIRST_PATIENCE;
    this.#deps.begin(job);
  }

  /** The others get as much time as the suspect has taken from them. */
  #finish(): void {
    const { clock } = this.#deps;
    this.#othersUntil = clock.steady() + (clock.steady() - this.#since);
    this.#clear();
  }

  /** What runs here takes longer than it was waited for: it goes on, and next time there is more patience. */
  #stopWaiting(): void {
    const { clock, release } = this.#deps;
    const job = this.#job as ClaimedJob;
    this.#othersUntil = clock.steady() + this.#patience;
    release(job, clock.now() + this.#patience);
    this.#patience = Math.min(this.#patience * 2, LONGEST_PATIENCE);
    this.#clear();
  }

  #clear(): void {
    this.#timer?.();
    this.#timer = null;
    this.#job = null;
    this.#runs = false;
    this.#deps.onOver();
  }
}
