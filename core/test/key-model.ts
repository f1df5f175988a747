// What must become of jobs with keys, as short as it can be said: one queue per key, of which only the first job runs.
import type { AddOutcome, Unique } from '@phraseworks/sdk';

export const RETRY_DELAY = 200;
const PERIOD = 900;
const QUIET = 500;
const MAX_WAIT = 1_200;

/** Each way to be unique. */
export const MODES: Record<string, Unique | null> = {
  serial: null,
  keep: {},
  replace: { onConflict: 'replace' },
  reject: { onConflict: 'reject' },
  active: { while: 'active' },
  activeReject: { while: 'active', onConflict: 'reject' },
  period: { while: { period: PERIOD } },
  quiet: { quiet: QUIET, maxWait: MAX_WAIT },
  debounce: { onConflict: 'replace', quiet: QUIET, maxWait: MAX_WAIT },
};

export type State = 'waiting' | 'blocked' | 'running' | 'ending' | 'completed' | 'failed' | 'cancelled';

export interface ModelJob {
  id: string;
  key: string;
  n: number;
  state: State;
  due: number;
  addedAt: number;
  attempt: number;
}

export class KeyModel {
  readonly jobs = new Map<string, ModelJob>();
  readonly #queues = new Map<string, ModelJob[]>();
  readonly #periods = new Map<string, { first: string; until: number }>();
  readonly #unique: Unique | null;

  constructor(unique: Unique | null) {
    this.#unique = unique;
  }

  queue(key: string): ModelJob[] {
    const known = this.#queues.get(key) ?? [];
    this.#queues.set(key, known);
    return known;
  }

  get running(): ModelJob[] {
    return [...this.jobs.values()].filter(({ state }) => state === 'running' || state === 'ending');
  }

  /** The answer to an addition, with the id of the job that is there, if it is not a new one. */
  add(key: string, n: number, delay: number, now: number): { outcome: AddOutcome | 'rejected'; there: string | null } {
    const { onConflict = 'keep', quiet = 0 } = (this.#unique ?? {}) as { onConflict?: string; quiet?: number };
    const there = this.#against(key, now);
    if (there === null) return { outcome: 'added', there };
    if (onConflict === 'reject') return { outcome: 'rejected', there };
    const job = this.jobs.get(there);
    const quietUntil = quiet && job ? Math.min(now + quiet, job.addedAt + MAX_WAIT) : 0;
    if (onConflict === 'replace') {
      Object.assign(job ?? {}, { n, attempt: 0, due: Math.max(now + delay, quietUntil) });
      return { outcome: 'replaced', there };
    }
    if (job && quiet) job.due = Math.max(job.due, quietUntil);
    return { outcome: 'kept', there };
  }

  /** It was added as a new one. */
  added(id: string, key: string, n: number, delay: number, now: number): void {
    const quiet = this.#unique && 'quiet' in this.#unique ? Number(this.#unique.quiet) : 0;
    const queue = this.queue(key);
    const state = queue.length === 0 ? 'waiting' : 'blocked';
    const job: ModelJob = { id, key, n, state, due: now + Math.max(delay, quiet), addedAt: now, attempt: 0 };
    if (typeof this.#unique?.while === 'object') this.#periods.set(key, { first: id, until: now + PERIOD });
    this.jobs.set(id, job);
    queue.push(job);
  }

  /** The first job of a period counts also when it was deleted after its end. */
  #against(key: string, now: number): string | null {
    const during = this.#unique?.while ?? 'waiting';
    if (this.#unique === null) return null;
    if (typeof during === 'object') {
      const period = this.#periods.get(key);
      return period && period.until > now ? period.first : null;
    }
    const last = this.queue(key).at(-1);
    const stands = during === 'active' ? ['waiting', 'blocked', 'running'] : ['waiting', 'blocked'];
    return last && stands.includes(last.state) ? last.id : null;
  }

  ends(job: ModelJob, succeeded: boolean, now: number): void {
    const isWaiting = this.#unique !== null && (this.#unique.while ?? 'waiting') === 'waiting';
    const isSuperseded = isWaiting && this.queue(job.key).length > 1;
    if (job.state === 'ending') this.#leave(job, 'cancelled');
    else if (succeeded) this.#leave(job, 'completed');
    else if (job.attempt > 1) this.#leave(job, 'failed');
    else if (isSuperseded) this.#leave(job, 'cancelled');
    else Object.assign(job, { state: 'waiting', due: now + RETRY_DELAY });
  }

  cancel(job: ModelJob): void {
    if (job.state === 'running') job.state = 'ending';
    else if (job.state === 'waiting' || job.state === 'blocked') this.#leave(job, 'cancelled');
  }

  /** False if another job has its key. */
  requeue(job: ModelJob, now: number): boolean {
    const queue = this.queue(job.key);
    if (queue.length > 0) return false;
    Object.assign(job, { state: 'waiting', due: now, attempt: 0 });
    queue.push(job);
    return true;
  }

  remove(job: ModelJob): void {
    if (job.state === 'waiting' || job.state === 'blocked') {
      if (this.#periods.get(job.key)?.first === job.id) this.#periods.delete(job.key);
      this.#leave(job, 'cancelled');
    }
    this.jobs.delete(job.id);
  }

  #leave(job: ModelJob, state: State): void {
    job.state = state;
    const queue = this.queue(job.key);
    queue.splice(queue.indexOf(job), 1);
  }

  /** The first of each key runs if its time has come. */
  rest(now: number): void {
    for (const [first] of this.#queues.values()) {
      if (first?.state === 'blocked') first.state = 'waiting';
      if (first?.state === 'waiting' && first.due <= now) {
        first.state = 'running';
        first.attempt += 1;
      }
    }
  }
}
