// Who wants to hear an event: an index from job and type to clients, so that an event costs only its audience.
import type { JobEvent } from '@phraseworks/sdk';
import type { Filter } from './filter.ts';

export class Audience<C> {
  readonly #all = new Set<C>();
  readonly #byJob = new Map<string, Set<C>>();
  readonly #byType = new Map<string, Set<C>>();

  add(client: C, filter: Filter | undefined): void {
    if (!filter) {
      this.#all.add(client);
      return;
    }
    for (const job of filter.jobs) enter(this.#byJob, job, client);
    for (const type of filter.types) enter(this.#byType, type, client);
  }

  /** `filter` is the one the client was added with. */
  remove(client: C, filter: Filter | undefined): void {
    if (!filter) {
      this.#all.delete(client);
      return;
    }
    for (const job of filter.jobs) leave(this.#byJob, job, client);
    for (const type of filter.types) leave(this.#byType, type, client);
  }

  /** Calls `fn` for everybody who wants it; twice for a client that listed both the job and its type. */
  each(event: JobEvent, fn: (client: C) => void): void {
    this.#all.forEach(fn);
    this.#byJob.get(event.jobId)?.forEach(fn);
    this.#byType.get(event.jobType)?.forEach(fn);
  }
}

function enter<C>(index: Map<string, Set<C>>, key: string, client: C): void {
  const clients = index.get(key);
  if (clients) clients.add(client);
  else index.set(key, new Set([client]));
}

function leave<C>(index: Map<string, Set<C>>, key: string, client: C): void {
  const clients = index.get(key);
  clients?.delete(client);
  if (clients?.size === 0) index.delete(key);
}
