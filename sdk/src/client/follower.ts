// Who hears which events, and what all of them together want to hear.
import type { JobEvent, JobMessage } from '../job.ts';
import type { ClientError } from './client-error.ts';

/** An event fits when its job or its type is listed; without both lists every event fits. */
export interface EventFilter {
  jobs?: readonly string[];
  types?: readonly string[];
}

export interface Follower {
  readonly filter: EventFilter;
  hear(message: JobMessage): void;
  /** From now on events come, and none is missed. */
  ready(): void;
  /** Some were missed. */
  resync(): void;
  /** No events come now: look at what has changed. Throws `ClientError` when nobody answers. */
  look(): Promise<void>;
  /** It is over: without an error the client was closed, else the server does not let us in. */
  end(error?: ClientError): void;
}

/** What one connection listens for; undefined: everything. */
export type Wanted = { readonly jobs: ReadonlySet<string>; readonly types: ReadonlySet<string> } | undefined;

/** A server lets one client list so many names. */
const MOST_NAMES = 100;

const isOpen = ({ jobs, types }: EventFilter): boolean => !jobs && !types;

export const matches = (filter: EventFilter, { jobId, jobType }: JobEvent): boolean =>
  isOpen(filter) || !!filter.jobs?.includes(jobId) || !!filter.types?.includes(jobType);

/** Everything as soon as one wants everything, or there are more names than may be listed. */
export function union(followers: Iterable<Follower>): Wanted {
  const jobs = new Set<string>();
  const types = new Set<string>();
  for (const { filter } of followers) {
    if (isOpen(filter)) return undefined;
    for (const job of filter.jobs ?? []) jobs.add(job);
    for (const type of filter.types ?? []) types.add(type);
  }
  // A server takes empty lists for none: an id that no job has stands for them.
  if (jobs.size + types.size === 0) jobs.add('-');
  return jobs.size + types.size > MOST_NAMES ? undefined : { jobs, types };
}

/** Does who listens for `wanted` hear all of this? */
export const covers = (wanted: Wanted, filter: EventFilter): boolean =>
  !wanted ||
  (!isOpen(filter) &&
    (filter.jobs ?? []).every((job) => wanted.jobs.has(job)) &&
    (filter.types ?? []).every((type) => wanted.types.has(type)));

/** As the fields of a message; empty for everything. */
export const listed = (wanted: Wanted): { jobs?: string[]; types?: string[] } =>
  wanted ? { jobs: [...wanted.jobs], types: [...wanted.types] } : {};

export const same = (a: Wanted, b: Wanted): boolean => JSON.stringify(listed(a)) === JSON.stringify(listed(b));
