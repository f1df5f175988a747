// One attempt as its processor sees it: signal, log and progress, how they are stored, and which attempt running code belongs to.

import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import { format } from 'node:util';
import {
  type AbortCause,
  AttemptAborted,
  type FieldError,
  type Logger,
  type Parsed,
  type Progress,
  type RunningJob,
} from '@phraseworks/sdk';
import { type Ambient, ambient, Limited } from '@phraseworks/sdk/host';
import { maskText } from '@phraseworks/sdk/secrets';
import type { ClaimedJob, ClaimToken } from '../job/record.ts';
import { type Cancel, type Clock, iso } from '../kernel/clock.ts';
import { messageOf, stackOf } from '../kernel/errors.ts';
import { timeIn } from '../kernel/id.ts';
import { masked, oneLine, withFields } from '../kernel/logger.ts';
import { jobEvent } from '../store/codec.ts';
import type { ProgressWrite, Settlement } from '../store/job-writes.ts';
import type { LogRow } from '../store/shared-statements.ts';
import { dataErrors, readProgress } from './admission.ts';

const MOST_LINES = 500;
const LONGEST_LINE = 2_000;
/** Progress and log lines are written at most this often per attempt, in milliseconds. */
const WRITE_INTERVAL = 250;

export interface AttemptDeps {
  node: string;
  clock: Clock;
  log: Logger;
  write: (write: ProgressWrite) => Promise<unknown>;
  steps: { of(attempt: Attempt): StepsOfJob };
}

/** A step at which an attempt has ended. */
export interface Wait {
  key: string;
  until: number | null;
  kind: 'asleep' | 'waiting';
}

export type StepsOfJob = Pick<
  RunningJob,
  'once' | 'sleep' | 'waitFor' | 'linkFor' | 'results' | 'transaction' | 'complete'
>;

export class Attempt implements RunningJob {
  readonly id: string;
  readonly type: string;
  readonly attempt: number;
  readonly claimed: ClaimedJob;
  readonly claim: ClaimToken;
  /** When the processor started; the claim may be a little older. */
  startedAt: number;
  /** The plugin whose processor runs it (null: the application's); undefined before it starts. */
  plugin: string | null | undefined = undefined;
  /** Why the attempt was asked to stop. */
  aborted: AbortCause | null = null;
  /** After an abort: gives the processor `GRACE` to end, or releases the job at once if the processor has not started. */
  startGrace: (() => void) | null = null;
  /** Ends it without its processor, which may run on. */
  giveUp: (() => void) | null = null;
  /** What its own transaction has stored as its outcome. */
  settled: Settlement | null = null;
  /** The steps at which it has ended: the job waits there. */
  readonly waits: Wait[] = [];
  /** The uncaught error that aborted it. */
  uncaughtError: unknown;
  readonly #deps: AttemptDeps;
  #log: Logger | null = null;
  #controller: AbortController | null = null;
  /** Calls a function where the signal was first read: in the processor's own context. */
  #asProcessor: ReturnType<typeof AsyncLocalStorage.snapshot> | null = null;
  #steps: StepsOfJob | null = null;
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

  /** Created on first use, like the signal: most short jobs use neither. */
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
      // A processor may pass it to any number of calls; Node 20 would warn about the listeners.
      setMaxListeners(0, this.#controller.signal);
      this.#asProcessor = runningJob.run(this, () => AsyncLocalStorage.snapshot());
      if (this.aborted) this.#controller.abort(new AttemptAborted(this.aborted));
    }
    return this.#controller.signal;
  }

  limited(until: Limited['until'], reason = 'limited'): never {
    throw new Limited(until, reason);
  }

  get #stepsOfIt(): StepsOfJob {
    this.#steps ??= this.#deps.steps.of(this);
    return this.#steps;
  }

  get once(): RunningJob['once'] {
    return this.#stepsOfIt.once;
  }

  get sleep(): RunningJob['sleep'] {
    return this.#stepsOfIt.sleep;
  }

  get waitFor(): RunningJob['waitFor'] {
    return this.#stepsOfIt.waitFor;
  }

  get linkFor(): RunningJob['linkFor'] {
    return this.#stepsOfIt.linkFor;
  }

  get results(): RunningJob['results'] {
    return this.#stepsOfIt.results;
  }

  get transaction(): RunningJob['transaction'] {
    return this.#stepsOfIt.transaction;
  }

  get complete(): RunningJob['complete'] {
    return this.#stepsOfIt.complete;
  }

  get maxRetries(): number {
    return this.claimed.maxRetries;
  }

  get isLast(): boolean {
    return this.attempt > this.claimed.maxRetries;
  }

  get createdAt(): string {
    return iso(timeIn(this.id));
  }

  /** Its outcome is final and is being stored. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The first cause counts. */
  abort(cause: AbortCause): void {
    if (this.aborted) return;
    this.aborted = cause;
    // An error of a listener belongs to this attempt, whatever aborts it.
    this.#asProcessor?.(() => this.#controller?.abort(new AttemptAborted(cause)));
  }

  /** Fails the attempt after an uncaught error in a timer, callback or promise of its processor. */
  uncaught(error: unknown): void {
    // After the end, nothing more is stored with the job.
    const log = this.#ended ? logOf(this.#deps.log, this.claimed) : this.log;
    log.error(`Uncaught error in this job: ${messageOf(error)}`);
    log.debug(stackOf(error) ?? 'no stack');
    if (this.#ended || this.aborted) return;
    this.uncaughtError = error;
    this.abort('uncaught');
    this.startGrace?.();
  }

  /** Why its data is refused. */
  dataErrors(refused: Extract<Parsed<unknown>, { ok: false }>): FieldError[] {
    return dataErrors(this.type, refused, logOf(this.#deps.log, this.claimed));
  }

  reportExit(code: number): void {
    const log = logOf(this.#deps.log, this.claimed);
    log.error(`The processor of this job called process.exit(${code}) and ended the process.`);
  }

  /** Throws `INVALID_DATA` for an invalid report; ignores reports after the end. */
  async progress(progress: Progress): Promise<void> {
    const kept = readProgress(progress);
    if (this.#ended) return;
    this.#progress = kept;
    this.#dirty = true;
    this.#scheduleWrite();
  }

  /** Returns the last progress and the unwritten log lines for the settlement. Nothing is written afterwards. */
  finish(): { progress: string | null; logs: LogRow[] } {
    this.#ended = true;
    this.#timer?.();
    this.#timer = null;
    const logs = this.#unwritten;
    this.#unwritten = [];
    return { progress: this.#progress ? JSON.stringify(this.#progress) : null, logs };
  }

  /** The transaction that was to store its outcome was rolled back: it goes on. */
  resume({ logs }: Pick<Settlement, 'logs'>): void {
    this.#ended = false;
    this.#unwritten.unshift(...logs);
  }

  /** It had completed its job before its processor failed. */
  failedLate(error: string): void {
    const log = logOf(this.#deps.log, this.claimed);
    log.warn(`Its transaction has completed this job, so what its processor threw afterwards is ignored: ${error}`);
  }

  /** Logs a warning even beyond the line limit; resolves when it is stored. */
  async warn(message: string): Promise<void> {
    this.#keep('warn', message);
    await this.#write();
  }

  #line(level: keyof Logger, args: readonly unknown[]): void {
    if (this.#ended || this.#full) return;
    this.#full = this.#lines >= MOST_LINES;
    const text = this.#full ? 'Log limit reached; further lines are dropped.' : textOf(args).slice(0, LONGEST_LINE);
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
    // The clock may have gone back: never wait longer than the interval.
    this.#timer = this.#deps.clock.after(Math.min(Math.max(wait, 0), WRITE_INTERVAL), () => {
      this.#timer = null;
      // On failure, the next report or the settlement writes it.
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

/** Never throws: a log line must not end its attempt. */
function textOf(args: readonly unknown[]): string {
  try {
    return oneLine(maskText(format(...masked(args))));
  } catch {
    return '(a log line that could not be formatted)';
  }
}

type LoggedJob = Pick<ClaimedJob, 'id' | 'type' | 'plugin' | 'attempt'>;

const fieldsOf = ({ id, type, plugin, attempt }: LoggedJob) => ({ job: id, type, plugin, attempt });

/** Adds job, type, plugin and attempt to each line. */
export const logOf = (log: Logger, job: LoggedJob): Logger => withFields(log, fieldsOf(job));

/** The attempt whose processor runs here, across its asynchronous calls. */
export const runningJob = new AsyncLocalStorage<Attempt>();

/** Receives the uncaught errors of a plugin outside its attempts, by the functions that are current in its code. */
export const strayErrors = new WeakMap<Ambient, (error: unknown) => void>();

let followers = 0;

/** Charges uncaught errors to the attempt or the plugin whose code threw them. All other errors stay with Node and the host. */
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
  const scope = ambient.current();
  const charge = running ? (stray: unknown) => running.uncaught(stray) : scope && strayErrors.get(scope);
  // The host handles all uncaught errors itself.
  if (!charge || process.hasUncaughtExceptionCaptureCallback()) return;
  // Node looks for a handler right after the monitor. A lasting one would swallow the errors of the host.
  process.once('uncaughtException', () => {});
  charge(error);
}

const exiting = (code: number): void => runningJob.getStore()?.reportExit(code);
