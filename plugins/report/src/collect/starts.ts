// When jobs started, until they end: their run time, and how long they had waited.
import type { HistoryEntry, Job, JobEvent, JobsApi } from '@phraseworks/sdk';
import { parseInstant } from '../time/days.ts';
import { madeAt, type Start } from './fact.ts';

/** Jobs remembered at the same time; beyond that the oldest is forgotten. */
const REMEMBERED = 20_000;
/** A wait that is shorter than this is taken from the event; a longer one may have been a delay that was asked for, so the job is asked. */
const TELLING = 1_000;
/** Jobs asked for within one interval. */
const QUESTIONS = 100;

const time = (text: string | null): number | null => (text === null ? null : parseInstant(text));
const READY: ReadonlySet<HistoryEntry['event']> = new Set(['job_added', 'job_requeued', 'job_unparked']);

/** Milliseconds from when it was ready, or undefined when that cannot be told any more. `delayed`: jobs of its type are known to have delays. */
export function waitOf(
  job: Job,
  history: readonly HistoryEntry[],
  started: number,
  delayed: boolean,
): number | undefined {
  const due = time(job.runAt);
  if (job.status === 'processing' && due !== null) return Math.max(0, started - due);
  if (job.status !== 'processing' && delayed) return undefined;
  const ready = history.flatMap(({ event, at }) => (READY.has(event) ? [parseInstant(at) ?? 0] : []));
  const last = Math.max(...ready.filter((at) => at <= started));
  return Number.isFinite(last) ? started - last : undefined;
}

type Asked = Pick<JobsApi, 'getJobStatus' | 'getJobHistory'>;

export class Starts {
  readonly #jobs: Asked;
  readonly #starts = new Map<string, Start>();
  /** Types of which a job was seen that had been added with a delay. */
  readonly #delayed = new Set<string>();
  #questions = QUESTIONS;
  /** Only one process needs to ask. */
  asks = false;

  constructor(jobs: Asked) {
    this.#jobs = jobs;
  }

  started(event: JobEvent): void {
    const at = parseInstant(event.at);
    if (at === null) return;
    const start: Start = { at, wait: undefined };
    this.#starts.set(event.jobId, start);
    if (this.#starts.size > REMEMBERED) {
      const [oldest] = this.#starts.keys();
      if (oldest !== undefined) this.#starts.delete(oldest);
    }
    const made = event.attempt === 1 ? madeAt(event.jobId) : null;
    if (made === null) return;
    const wait = Math.max(0, at - made);
    if (wait < TELLING) start.wait = wait;
    else if (this.asks) this.#askWithin(event, start, wait);
  }

  /** Where there are too many to ask for each, it had no delay, unless others of its type had one. */
  #askWithin(event: JobEvent, start: Start, wait: number): void {
    if (this.#questions > 0) {
      this.#questions -= 1;
      // A wait that stays unknown is left out; nobody waits for this.
      void this.#ask(event, start).catch(() => {});
    } else if (!this.#delayed.has(event.jobType)) {
      start.wait = wait;
    }
  }

  /** Its start, which is then forgotten. */
  ended(jobId: string): Start | undefined {
    const start = this.#starts.get(jobId);
    this.#starts.delete(jobId);
    return start;
  }

  /** A new interval begins. */
  refill(): void {
    this.#questions = QUESTIONS;
  }

  async #ask({ jobId, jobType }: JobEvent, start: Start): Promise<void> {
    const job = await this.#jobs.getJobStatus(jobId);
    if (!job) return;
    if (job.attempt === 1 && job.runAt !== null && this.#delayed.size < 1_000) this.#delayed.add(jobType);
    const history = await this.#jobs.getJobHistory(jobId);
    start.wait = waitOf(job, history, start.at, this.#delayed.has(jobType));
  }
}
