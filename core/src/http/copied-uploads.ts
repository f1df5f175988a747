// References to uploads in the data of a job: only those that came with it. Pure.
import { type FieldError, fieldPath, isUpload, JobsError } from '@phraseworks/sdk';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface FoundUpload {
  id: string;
  path: readonly (string | number)[];
}

export function uploadsIn(data: unknown, path: readonly (string | number)[] = []): FoundUpload[] {
  if (typeof data !== 'object' || data === null) return [];
  if (isUpload(data) && ID.test(data.upload)) return [{ id: data.upload, path }];
  return Object.entries(data).flatMap(([key, value]) =>
    uploadsIn(value, [...path, Array.isArray(data) ? Number(key) : key]),
  );
}

/** Throws `INVALID_DATA` for a reference that is not in `own`. */
export function refuseCopied(data: unknown, own: readonly string[], base = 'data'): void {
  const errors: FieldError[] = uploadsIn(data)
    .filter(({ id }) => !own.includes(id))
    .map(({ path }) => ({ path: fieldPath(base, path), message: 'is a file of another job: send the file itself' }));
  if (errors.length > 0)
    throw new JobsError('INVALID_DATA', 'A file opens only for the job that it came with.', { errors });
}
