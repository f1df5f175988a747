// Uploads one file at a time: sends it with its job, then follows the job to its end.
import type { Client, NewClientJob } from '../client/index.ts';
import type { Job, JobTypes } from '../job.ts';
import type { JobState } from '../options.ts';
import type { Named } from '../spelling.ts';
import { sourceOf } from './shared.ts';
import { jobKey, jobSource } from './use-job.ts';

export interface UploadState<T extends string = string> {
  /** `idle` before the first file and after a cancelled upload, `uploading` until the job is added, then the status of the job. */
  readonly status: 'idle' | 'uploading' | JobState;
  /** In percent: first of the upload, then of its job (100 when completed). */
  readonly progress: { readonly upload: number; readonly job: number };
  /** Null until added. */
  readonly job: Job<T> | null;
  /** Why the upload was refused or interrupted (a `ClientError` with its `code`), or the error of its job. */
  readonly error: Error | null;
}

/** Milliseconds that an upload continues without its component: React unmounts and remounts in strict mode. */
const GRACE = 100;

export const IDLE = Object.freeze({
  status: 'idle' as const,
  progress: Object.freeze({ upload: 0, job: 0 }),
  job: null,
  error: null,
});

export class Uploader<T extends Named<T, JobTypes>> {
  state: UploadState<T> = IDLE;
  readonly #listeners = new Set<() => void>();
  #client: Client | undefined;
  #sending: AbortController | undefined;
  #unfollow: (() => void) | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    clearTimeout(this.#leaving);
    this.#follow();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#leaving = setTimeout(() => this.#giveUp(), GRACE);
    };
  };

  /** Sends the file, and aborts an upload in progress. Resolves with the job, or with null if none was added: `error` says why. */
  async send(client: Client, job: NewClientJob<T>): Promise<Job<T> | null> {
    this.#leave();
    this.#client = client;
    const sending = new AbortController();
    this.#sending = sending;
    this.#set({ ...IDLE, status: 'uploading' });
    try {
      const added = await client.addJob(job, {
        signal: sending.signal,
        onUpload: ({ percentage }) => this.#uploaded(sending, percentage),
      });
      if (this.#sending !== sending) return added;
      this.#sending = undefined;
      this.#show(added);
      this.#follow();
      return added;
    } catch (error) {
      if (this.#sending !== sending) return null;
      this.#sending = undefined;
      const { progress } = this.state;
      this.#set({ ...IDLE, progress, error: error instanceof Error ? error : new Error(String(error)) });
      return null;
    }
  }

  /** Stops the upload, or cancels its job; does nothing if that has finished. */
  cancel = (): void => {
    const { job } = this.state;
    if (this.#sending) this.#giveUp();
    else if (job) this.#client?.cancelJob(job.id).catch((error: Error) => this.#set({ ...this.state, error }));
  };

  #giveUp(): void {
    const sending = this.#sending !== undefined;
    this.#leave();
    if (sending) this.#set(IDLE);
  }

  #uploaded(sending: AbortController, upload: number): void {
    if (this.#sending === sending) this.#set({ ...this.state, progress: { upload, job: 0 } });
  }

  #follow(): void {
    const { job } = this.state;
    if (!this.#client || !job || this.#unfollow || this.#listeners.size === 0) return;
    const source = sourceOf(this.#client, jobKey(job.id), jobSource<T>(job.id));
    const hear = () => {
      const { value, error } = source.snapshot;
      if (value) this.#show(value, error);
      else if (error) this.#set({ ...this.state, error });
    };
    this.#unfollow = source.subscribe(hear);
    // Another follower may already have received its end.
    if (source.snapshot.value) hear();
  }

  #show(job: Job<T>, error: Error | null = null): void {
    const failure = job.status === 'failed' ? new Error(job.error ?? 'The job failed.') : error;
    const percentage = job.status === 'completed' ? 100 : (job.progress?.percentage ?? 0);
    this.#set({ status: job.status, progress: { upload: 100, job: percentage }, job, error: failure });
  }

  #set(state: UploadState<T>): void {
    this.state = state;
    for (const listener of [...this.#listeners]) listener();
  }

  #leave(): void {
    this.#sending?.abort();
    this.#sending = undefined;
    this.#unfollow?.();
    this.#unfollow = undefined;
  }
}
