// Outcomes on their way into the store: not given up while the database is away.
import { setMaxListeners } from 'node:events';
import type { ClaimedJob } from '../job/record.ts';
import { type Clock, pause } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Settlement } from '../store/job-writes.ts';
import type { WriteQueue } from '../store/write-queue.ts';
import { logFailure, logOf } from './attempt.ts';

/** Between two tries to write an outcome, in milliseconds. */
const PAUSES = [100, 250, 500, 1_000, 2_000, 5_000];

/** Outcomes that may wait to be stored before fewer jobs are claimed, if there are not more slots than that. */
const UNSTORED = 1_024;

interface OutcomesDeps {
  writes: WriteQueue;
  clock: Clock;
  log: Logger;
  onWritten: () => void;
}

export class Outcomes {
  readonly #deps: OutcomesDeps;
  /** Those that are not durable yet. */
  readonly #waiting = new Set<Settlement>();
  /** The last one of each job: a heartbeat asks for all jobs that are held, thousands of them. */
  readonly #ofJob = new Map<string, Settlement>();
  #over: AbortController;

  constructor(deps: OutcomesDeps) {
    this.#deps = deps;
    this.#over = open();
  }

  start(): void {
    this.#over = open();
  }

  /** Stops trying: the leases of outcomes that are not written run out. */
  stop(): void {
    this.#over.abort();
  }

  /** By how many the unstored outcomes exceed the limit for so many slots: the worker claims so many fewer jobs, since a job whose outcome is not stored runs again after a crash. */
  late(slots: number): number {
    return Math.max(0, this.#waiting.size - Math.max(slots, UNSTORED));
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Is the outcome of the job's last run not durable yet? */
  has(jobId: string): boolean {
    return this.#ofJob.has(jobId);
  }

  some(which: (settlement: Settlement) => boolean): boolean {
    for (const settlement of this.#waiting) if (which(settlement)) return true;
    return false;
  }

  /** Written with the next commit. Only a lost claim or the end of the process ends the tries. */
  write(settlement: Settlement, job: ClaimedJob): void {
    this.#waiting.add(settlement);
    this.#ofJob.set(settlement.id, settlement);
    this.#try(settlement, job, 0);
  }

  #try(settlement: Settlement, job: ClaimedJob, tries: number): void {
    this.#deps.writes.settle({
      op: settlement,
      resolve: (isWritten) => {
        this.#end(settlement);
        if (isWritten) logFailure(this.#deps.log, settlement, job);
      },
      reject: (error) => void this.#tryAgain(settlement, job, tries, error),
    });
  }

  async #tryAgain(settlement: Settlement, job: ClaimedJob, tries: number, error: unknown): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#over;
    if (signal.aborted) return this.#end(settlement);
    const wait = PAUSES[Math.min(tries, PAUSES.length - 1)] as number;
    const log = logOf(this.#deps.log, job);
    log.error(`The outcome of a job cannot be stored now, next try in ${wait} ms: ${messageOf(error)}`);
    await pause(clock, wait, signal);
    this.#try(settlement, job, tries + 1);
  }

  #end(settlement: Settlement): void {
    this.#waiting.delete(settlement);
    if (this.#ofJob.get(settlement.id) === settlement) this.#ofJob.delete(settlement.id);
    this.#deps.onWritten();
  }
}

/** Each outcome that waits listens to its signal, of which Node 20 would warn. */
function open(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
