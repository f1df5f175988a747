// The event filter of a client: read from a message or a query, and matched against events.
import type { JobEvent } from '@phraseworks/sdk';
import { z } from 'zod';
import { invalid } from '../kernel/errors.ts';
import { readFields } from '../kernel/fields.ts';

/** Matches an event if its job or its type is listed. */
export interface Filter {
  readonly jobs: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
}

/** Without a filter, every event matches. */
export const matches = (filter: Filter | undefined, event: JobEvent): boolean =>
  filter === undefined || filter.jobs.has(event.jobId) || filter.types.has(event.jobType);

/** No filter without lists. Empty lists match nothing. */
export const filterOf = ({ jobs, types }: { jobs?: string[] | undefined; types?: string[] | undefined }) =>
  jobs || types ? { jobs: new Set(jobs), types: new Set(types) } : undefined;

const names = z.array(z.string().min(1).max(191)).max(100).optional();
const MESSAGE = z.strictObject({ type: z.literal('subscribe'), jobs: names, types: names });

/** `?jobs=a,b`; an empty one does not count. */
const list = z
  .string()
  .transform((text) => (text === '' ? undefined : text.split(',')))
  .pipe(names)
  .optional();
const number = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number);
const QUERY = z.object({
  jobs: list,
  types: list,
  /** The id of an event. */
  since: number.pipe(z.int()).optional(),
  /** Milliseconds. */
  every: number.pipe(z.int().min(1).max(60_000)).optional(),
});

/** Reads `{ type: 'subscribe', jobs?, types? }`. Throws `INVALID_DATA`. */
export const parseSubscribe = (text: string): Filter | undefined =>
  filterOf(readFields(MESSAGE, parsed(text), 'message'));

/** Reads the query of a connection. Throws `INVALID_DATA`. */
export function readQuery(query: Record<string, string>) {
  const { since, every, ...lists } = readFields(QUERY, query, '');
  return { filter: filterOf(lists), since, every };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid([{ path: 'message', message: 'must be valid JSON' }]);
  }
}
