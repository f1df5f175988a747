// A job by its id, or by a part of it that only one job has.

import { isId, notFound } from '@phraseworks/jobs/internals/base';
import { idsLike, type JobRecord } from '@phraseworks/jobs/internals/engine';
import { JobsError } from '@phraseworks/sdk';
import type { Client } from './client.ts';
import { UsageError } from './command.ts';

/** Named when several jobs have the part. */
const SHOWN = 5;

/** Throws `JOB_NOT_FOUND`, `INVALID_DATA` when several have the part, and `UsageError` for what cannot be a part of an id. */
export async function findJob({ engine, dialect }: Client, given: string): Promise<JobRecord> {
  const part = given.toLowerCase();
  if (!/^[0-9a-f-]{4,36}$/.test(part))
    throw new UsageError('An id is hexadecimal digits and dashes; four or more of its first or last ones are enough.');
  const ids = isId(part) ? [part] : await idsLike(dialect, part, SHOWN + 1);
  if (ids.length > 1) {
    const more = ids.length > SHOWN ? ', ...' : '';
    throw new JobsError(
      'INVALID_DATA',
      `Several jobs have this part of an id: ${ids.slice(0, SHOWN).join(', ')}${more}`,
    );
  }
  const [id] = ids;
  const record = id === undefined ? null : await engine.reads.get(id);
  if (!record) throw notFound();
  return record;
}
