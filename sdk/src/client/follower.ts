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
  /** From now on every event arrives. */
  ready(): void;
  /** Some were missed. */
  resync(): void;
  /** No events come now: look at what has changed. Throws `ClientError` when the server does not answer. */
  look(): Promise<void>;
  /** It is over: without an error the client was closed, else the server does not let us in. */
  end(error?: ClientError): void;
}

/** What one connection listens for, as the fields of a message; undefined: everything. */
export type Wanted = Required<EventFilter> | undefined;

/** A server lets one client list so many names. */
const MOST_NAMES = 100;
/** Characters of a name, at most: for a longer one, or an empty one, a server refuses the whole list. */
const LONGEST = 191;

/** Can a job or a type be called so? */
export const isName = (text: string): boolean => !!text && text.length <= LONGEST;

/** Those of all lists that can be, each once. */
export const namesIn = (lists: (readonly string[] | undefined)[]): string[] => [
  ...new Set(lists.flatMap((list = []) => list.filter(isName))),
];

export const isOpen = ({ jobs, types }: EventFilter): boolean => !jobs && !types;

export const matches = (filter: EventFilter, { jobId, jobType }: JobEvent): boolean =>
  isOpen(filter) || !!filter.jobs?.includes(jobId) || !!filter.types?.includes(jobType);

/** Everything as soon as one wants everything, or there are more names than may be listed. */
export function union(followers: Iterable<Follower>): Wanted {
  const filters = Array.from(followers, ({ filter }) => filter);
  if (filters.some(isOpen)) return undefined;
  const jobs = namesIn(filters.map((filter) => filter.jobs));
  const types = namesIn(filters.map((filter) => filter.types));
  // A server reads an empty list as no filter: send an id that no job has.
  if (jobs.length + types.length === 0) jobs.push('-');
  return jobs.length + types.length > MOST_NAMES ? undefined : { jobs, types };
}

/** Does who listens for `wanted` hear all of this that there can be? */
export const covers = (wanted: Wanted, filter: EventFilter): boolean =>
  !wanted ||
  (!isOpen(filter) &&
    namesIn([filter.jobs]).every((job) => wanted.jobs.includes(job)) &&
    namesIn([filter.types]).every((type) => wanted.types.includes(type)));

export const same = (a: Wanted, b: Wanted): boolean => JSON.stringify(a) === JSON.stringify(b);
