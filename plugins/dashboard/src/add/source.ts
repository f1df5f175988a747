// What the form of a new job begins with, and what a copy of a job may not show: its secrets come back only when it is added.
import { type FieldError, isUpload, type Job } from '@phraseworks/sdk';
import type { TypeEntry } from '../api.ts';
import { masksIn, redact, unredact } from '../job/redact.ts';
import { type Options, optionsOfJob } from './options.ts';

export interface Source {
  value: unknown;
  options: Options;
  /** The job that it is a copy of; it may be gone by now. */
  from: string | undefined;
  job: Job | undefined;
  /** The copy has files, which are not in it. */
  filesGone: boolean;
}

export function sourceOf(
  { schema, example }: TypeEntry,
  { from, job, empty }: Pick<Source, 'from' | 'job'> & { empty: boolean },
): Source {
  if (!job) return { value: empty ? undefined : (example ?? undefined), options: {}, from, job, filesGone: false };
  const { value } = redact(job.data, schema);
  return { value: withoutUploads(value), options: optionsOfJob(job), from, job, filesGone: hasUploads(value) };
}

/** The data with the secrets of the job that it was copied from, unless it goes to the browser (`hide`); `errors` where a mask is left. */
export function completed(
  value: unknown,
  { schema }: TypeEntry,
  { from, job }: Source,
  { hide, maskLeft }: { hide: boolean; maskLeft: string },
): { data: unknown; errors: FieldError[] } {
  if (from === undefined) return { data: value, errors: [] };
  const data = hide || !job ? value : unredact(value, withoutUploads(job.data), schema);
  return { data, errors: masksIn(data, 'data').map((path) => ({ path, message: maskLeft })) };
}

function withoutUploads(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((inner) => !isUpload(inner)).map(withoutUploads);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => !isUpload(inner));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutUploads(inner)]));
}

const hasUploads = (value: unknown): boolean =>
  isUpload(value) || (typeof value === 'object' && value !== null && Object.values(value).some(hasUploads));
