// Which follower receives which events, and what all of them together subscribe to.
import type { JobEvent, JobMessage, JobTypes } from '../job.ts';
import type { Known } from '../spelling.ts';
import type { ClientError } from './client-error.ts';

/** An event matches if its job or its type is listed; without both lists every event matches. */
export interface EventFilter {
  jobs?: readonly string[];
  types?: readonly Known<JobTypes>[];
}

export interface Follower {
  readonly filter: EventFilter;
  hear(message: JobMessage): void;
  /** Every event arrives from now on. */
  ready(): void;
  /** Some were missed. */
  resync(): void;
  /** No events arrive now: check for changes. Throws `ClientError` if the server does not answer. */
  look(): Promise<void>;
  /** It has ended: without an error the client was closed, otherwise the server refused it. */
  end(error?: ClientError): void;
}

/** The subscription of a connection, as the fields of a message; undefined: everything. */
export type Wanted = Required<EventFilter> | undefined;

/** The most names that a server lets one client list. */
const MOST_NAMES = 100;
/** The most characters of a name: a server refuses the whole list if one is longer or empty. */
const LONGEST = 191;

/** Is this a possible name of a job or a type? */
export const isName = (text: string): boolean => !!text && text.length <= LONGEST;

/** The possible names of all lists, without duplicates. */
const namesIn = (lists: (readonly string[] | undefined)[]): string[] => [
  ...new Set(lists.flatMap((list = []) => list.filter(isName))),
];

const isOpen = ({ jobs, types }: EventFilter): boolean => !jobs && !types;

export const matches = (filter: EventFilter, { jobId, jobType }: JobEvent): boolean =>
  isOpen(filter) || !!filter.jobs?.includes(jobId) || !!filter.types?.includes(jobType);

/** Everything, if asked for or if there are too many names. */
export function union(followers: Iterable<Follower>): Wanted {
  const filters = Array.from(followers, ({ filter }) => filter);
  if (filters.some(isOpen)) return undefined;
  const jobs = namesIn(filters.map((filter) => filter.jobs));
  const types = namesIn(filters.map((filter) => filter.types));
  // A server treats an empty list as no filter, so send an id that no job has.
  if (jobs.length + types.length === 0) jobs.push('-');
  return jobs.length + types.length > MOST_NAMES ? undefined : { jobs, types };
}

/** Does a subscription to `wanted` receive all of these events? */
export const covers = (wanted: Wanted, filter: EventFilter): boolean =>
  !wanted ||
  (!isOpen(filter) &&
    namesIn([filter.jobs]).every((job) => wanted.jobs.includes(job)) &&
    namesIn([filter.types]).every((type) => wanted.types.includes(type)));

export const same = (a: Wanted, b: Wanted): boolean => JSON.stringify(a) === JSON.stringify(b);
