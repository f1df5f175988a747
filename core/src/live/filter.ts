// The event filter of a client: read from a message or a query, and matched against events.
import { type JobEvent, JobsError } from '@phraseworks/sdk';

/** Jobs and types one client may list. */
const MAX_SUBSCRIPTIONS = 100;
/** Characters of an id or a type. */
const MAX_NAME = 191;

/** Matches an event if its job or its type is listed. */
export interface Filter {
  readonly jobs: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
}

export interface Subscription {
  /** Undefined: all events. */
  filter: Filter | undefined;
  /** Also send the events after this id. */
  since: number | undefined;
}

const FIELDS = new Set(['type', 'jobs', 'types', 'since']);

const invalid = (path: string, message: string): JobsError =>
  new JobsError('INVALID_DATA', `${path} ${message}`, { errors: [{ path, message }] });

/** Without a filter, every event matches. */
export const matches = (filter: Filter | undefined, event: JobEvent): boolean =>
  filter === undefined || filter.jobs.has(event.jobId) || filter.types.has(event.jobType);

/** No filter if both are undefined. Empty lists match nothing. Throws `INVALID_DATA`. */
export function filterOf(jobs: unknown, types: unknown): Filter | undefined {
  if (jobs === undefined && types === undefined) return undefined;
  const lists = { jobs: names('jobs', jobs), types: names('types', types) };
  if (lists.jobs.length + lists.types.length > MAX_SUBSCRIPTIONS) {
    throw invalid('jobs', `and types together may have at most ${MAX_SUBSCRIPTIONS} entries`);
  }
  return { jobs: new Set(lists.jobs), types: new Set(lists.types) };
}

function names(path: string, list: unknown): string[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw invalid(path, 'must be an array of strings');
  if (list.length > MAX_SUBSCRIPTIONS) throw invalid(path, `may have at most ${MAX_SUBSCRIPTIONS} entries`);
  const fits = (name: unknown): name is string => typeof name === 'string' && name !== '' && name.length <= MAX_NAME;
  if (!list.every(fits)) throw invalid(path, `must contain strings of 1 to ${MAX_NAME} characters`);
  return list;
}

/** An event id from a message (a number) or from a query (digits). Throws `INVALID_DATA`. */
export function sinceOf(since: unknown): number | undefined {
  if (since === undefined) return undefined;
  const id = typeof since === 'string' && /^\d{1,16}$/.test(since) ? Number(since) : since;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
    throw invalid('since', 'must be an event id: a whole number, 0 or more');
  }
  return id;
}

const MOST_EVERY = 60_000;

/** Milliseconds from a query. Throws `INVALID_DATA`. */
export function everyOf(every: string | undefined): number | undefined {
  if (every === undefined) return undefined;
  const ms = /^\d{1,5}$/.test(every) ? Number(every) : 0;
  if (ms < 1 || ms > MOST_EVERY) throw invalid('every', `must be milliseconds: 1 to ${MOST_EVERY}`);
  return ms;
}

/** Reads `{ type: 'subscribe', jobs?, types?, since? }`. Throws `INVALID_DATA`. */
export function parseSubscribe(text: string): Subscription {
  const message = parseObject(text);
  if (message.type !== 'subscribe') throw invalid('type', 'must be "subscribe"');
  if (Object.keys(message).some((key) => !FIELDS.has(key))) {
    throw invalid('message', `may have only the fields ${[...FIELDS].join(', ')}`);
  }
  return { filter: filterOf(message.jobs, message.types), since: sinceOf(message.since) };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('message', 'must be valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('message', 'must be an object');
  return value as Record<string, unknown>;
}
