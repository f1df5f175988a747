// One attempt as its processor sees it: signal, log and progress, and what is stored of them.

import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import { format } from 'node:util';
import {
  type AbortCause,
  AttemptAborted,
  JobsError,
  type Logger,
  type Progress,
  type RunningJob,
} from '@phraseworks/sdk';
import { maskText } from '@phraseworks/sdk/secrets';
import type { Cancel, Clock } from '../kernel/clock.ts';
import { messageOf, stackOf } from '../kernel/errors.ts';
import { masked, oneLine, withFields } from '../kernel/logger.ts';
import { jobEvent } from '../store/codec.ts';
import type { ProgressWrite, Settlement } from '../store/job-writes.ts';
import type { ReceiptStore } from '../store/receipt-store.ts';
import type { LogRow } from '../store/rows.ts';
import { progressErrors } from './admission.ts';
import { Once } from './once.ts';
import type { Claim, ClaimedJob } from './record.ts';

const MOST_LINES = 500;
const LONGEST_LINE = 2_000;
/** Progress and log lines are written at most this often per attempt, in milliseconds. */
const WRITE_INTERVAL = 250;

export interface AttemptDeps {
  node: string;
  clock: Clock;
  log: Logger;
  write: (write: ProgressWrite) => Promise<unknown>;
  receipts: ReceiptStore;
}

export class Attempt implements RunningJob {
  readonly id: string;
  readonly type: string;
  readonly attempt: number;
  readonly claimed: ClaimedJob;
  readonly claim: Claim;
  /** When the processor began; the claim may be a little older. */
  startedAt: number;
  /** Set when the attempt was asked to stop. */
  aborted: AbortCause | null = null;
  /** Ends the waiting for a processor that ignores its signal. */
  stopWaiting: (() => void) | null = null;
  /** What has aborted it, where that was an error that nothing caught. */
  uncaughtError: unknown;
  readonly #deps: AttemptDeps;
  #log: Logger | null = null;
  #controller: AbortController | null = null;
  #once: Once | null = null;
  #progress: Progress | null = null;
  #unwritten: LogRow[] = [];
  #lines = 0;
  #full = false;
  #dirty = false;
  #timer: Cancel | null = null;
  #lastWrite = Number.NEGATIVE_INFINITY;
  #ended = false;

  constructor(claimed: ClaimedJob, deps: AttemptDeps) {
    this.id = claimed.id;
    this.type = claimed.type;
    this.attempt = claimed.attempt;
    this.claimed = claimed;
    this.claim = { id: claimed.id, node: deps.node, run: claimed.run };
    this.startedAt = deps.clock.now();
    this.#deps = deps;
    this.progress = this.progress.bind(this);
  }

  /** Made when somebody asks for it, like the signal: most short jobs never do. */
  get log(): Logger {
    if (!this.#log) {
      const line =
        (level: keyof Logger) =>
        (...args: unknown[]): void =>
          this.#line(level, args);
      this.#log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
    }
    return this.#log;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      // A processor may pass it on to any number of calls, of which Node 20 would warn.
      setMaxListeners(0, this.#controller.signal);
      if (this.aborted) this.#controller.abort(new AttemptAborted(this.aborted));
    }
    return this.#controller.signal;
  }

  get once(): RunningJob['once'] {
    this.#once ??= new Once(this, this.#deps);
    return this.#once.call;
  }

  /** Its outcome is being written. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The first cause counts. */
  abort(cause: AbortCause): void {
    if (this.aborted) return;
    this.aborted = cause;
    this.#controller?.abort(new AttemptAborted(cause));
  }

  /** A timer, a callback or a promise of its processor failed, and nothing caught it: the attempt fails, where it has not ended. */
  uncaught(error: unknown): void {
    // Nothing is stored with a job after its end.
    const log = this.#ended ? logOf(this.#deps.log, this.claimed) : this.log;
    log.error(`Nothing caught an error of this job: ${messageOf(error)}`);
    log.debug(stackOf(error) ?? 'it has no stack');
    if (this.#ended || this.aborted) return;
    this.uncaughtError = error;
    this.abort('uncaught');
    this.stopWaiting?.();
  }

  /** Names the job now: after the exit it cannot be asked. */
  reportExit(code: number): void {
    const log = logOf(this.#deps.log, this.claimed);
    log.error(`The processor of this job called process.exit(${code}), which ends the process.`);
  }

  /** Throws `INVALID_DATA` for a report that is not one; a report after the end is left out. */
  async progress(progress: Progress): Promise<void> {
    const errors = progressErrors(progress);
    if (errors.length > 0) {
      throw new JobsError('INVALID_DATA', errors.map((e) => `${e.path} ${e.message}`).join('; '), { errors });
    }
    if (this.#ended) return;
    const { percentage, processed, total, message } = progress;
    this.#progress = {
      percentage,
      ...(processed === undefined ? {} : { processed }),
      ...(total === undefined ? {} : { total }),
      ...(message === undefined ? {} : { message }),
    };
    this.#dirty = true;
    this.#scheduleWrite();
  }

  /** The last progress, which may have been overtaken on its way, and the lines not written yet: for the settlement. Nothing is written after it. */
  finish(): { progress: string | null; logs: LogRow[] } {
    this.#ended = true;
    this.#timer?.();
    this.#timer = null;
    const logs = this.#unwritten;
    this.#unwritten = [];
    return { progress: this.#progress ? JSON.stringify(this.#progress) : null, logs };
  }

  /** A warning that is kept however many lines there were before it; stored when this resolves. */
  async warn(message: string): Promise<void> {
    this.#keep('warn', message);
    await this.#write();
  }

  #line(level: keyof Logger, args: readonly unknown[]): void {
    if (this.#ended || this.#full) return;
    this.#full = this.#lines >= MOST_LINES;
    const text = this.#full ? 'further lines are not kept' : textOf(args).slice(0, LONGEST_LINE);
    this.#keep(level, text);
    this.#deps.log[level](fieldsOf(this.claimed), text);
    this.#scheduleWrite();
  }

  #keep(level: LogRow['level'], message: string): void {
    this.#lines += 1;
    this.#unwritten.push({
      jobId: this.id,
      run: this.claim.run,
      line: this.#lines,
      attempt: this.attempt,
      at: this.#deps.clock.now(),
      level,
      message,
    });
  }

  #scheduleWrite(): void {
    if (this.#timer) return;
    const wait = this.#lastWrite + WRITE_INTERVAL - this.#deps.clock.now();
    // Not longer than that, although the clock may have gone back.
    this.#timer = this.#deps.clock.after(Math.min(Math.max(wait, 0), WRITE_INTERVAL), () => {
      this.#timer = null;
      // A report that could not be written is followed by the next one or by the settlement.
      this.#write().catch(() => {});
    });
  }

  async #write(): Promise<void> {
    const now = this.#deps.clock.now();
    this.#lastWrite = now;
    const progress = this.#dirty ? this.#progress : null;
    this.#dirty = false;
    const logs = this.#unwritten;
    this.#unwritten = [];
    const event = progress ? jobEvent('job_progress', 'processing', this.claimed, now, { progress }) : null;
    try {
      await this.#deps.write({ claim: this.claim, progress: progress ? JSON.stringify(progress) : null, logs, event });
    } catch (error) {
      this.#unwritten.unshift(...logs);
      this.#dirty ||= progress !== null;
      throw error;
    }
  }
}

/** A log line must not end the attempt that writes it. */
function textOf(args: readonly unknown[]): string {
  try {
    return oneLine(maskText(format(...masked(args))));
  } catch {
    return '(a line that could not be written down)';
  }
}

type LoggedJob = Pick<ClaimedJob, 'id' | 'type' | 'plugin' | 'attempt'>;

const fieldsOf = ({ id, type, plugin, attempt }: LoggedJob) => ({ job: id, type, plugin, attempt });

/** The same log for lines about this job. */
export const logOf = (log: Logger, job: LoggedJob): Logger => withFields(log, fieldsOf(job));

/** A failed attempt is logged when that is stored; the figures count the others. */
export function logFailure(to: Logger, { event }: Settlement, job: LoggedJob): void {
  const failed = event?.event === 'job_failed';
  if (!failed && event?.event !== 'job_retry') return;
  const log = logOf(to, job);
  if (failed) log.warn(`A job failed: ${event.error}`);
  else log.info(`An attempt failed, another one follows: ${event.error}`);
}

/** The attempt whose processor runs here, across its asynchronous calls. */
export const runningJob = new AsyncLocalStorage<Attempt>();

let followers = 0;

/** Charges errors that nothing caught to the attempt that they belong to. All others are left to Node and to the host as they are. */
export function followUncaught(): () => void {
  followers += 1;
  if (followers === 1) process.on('uncaughtExceptionMonitor', heard).on('exit', exiting);
  let isOn = true;
  return () => {
    if (!isOn) return;
    isOn = false;
    followers -= 1;
    if (followers === 0) process.off('uncaughtExceptionMonitor', heard).off('exit', exiting);
  };
}

function heard(error: unknown): void {
  const running = runningJob.getStore();
  // The host has taken over all errors.
  if (!running || process.hasUncaughtExceptionCaptureCallback()) return;
  // Node looks for a handler right after the monitor. A lasting one would swallow the errors of the host.
  process.once('uncaughtException', () => {});
  running.uncaught(error);
}

const exiting = (code: number): void => runningJob.getStore()?.reportExit(code);
