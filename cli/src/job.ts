// One job: found by its id or a unique part of it, why it is not running, and which commands help.
import { isId, nearest, notFound } from '@phraseworks/jobs/internals/base';
import { BULK_TYPE, idsLike, isWorker, type JobRecord, toJob } from '@phraseworks/jobs/internals/core';
import { type Job, JobsError } from '@phraseworks/sdk';
import { UsageError } from './arguments.ts';
import type { Client } from './client.ts';
import { shortId } from './job-lines.ts';

/** The most ids that the error lists. */
const SHOWN = 5;

/** Throws `JOB_NOT_FOUND`, `INVALID_DATA` if several jobs match, and `UsageError` if `given` cannot be part of an id. */
export async function findJob({ core, dialect }: Client, given: string): Promise<JobRecord> {
  const part = given.toLowerCase();
  if (!/^[0-9a-f-]{4,36}$/.test(part))
    throw new UsageError('An ID has only hexadecimal digits and dashes; its first or last four are enough.');
  const ids = isId(part) ? [part] : await idsLike(dialect, part, SHOWN + 1);
  if (ids.length > 1) {
    const more = ids.length > SHOWN ? ', ...' : '';
    throw new JobsError(
      'INVALID_DATA',
      `Several jobs match this part of an ID: ${ids.slice(0, SHOWN).join(', ')}${more}`,
    );
  }
  const [id] = ids;
  const record = id === undefined ? null : await core.reads.get(id);
  if (!record) throw notFound();
  return record;
}

/** The job types that a plugin registered, and those of stored jobs. */
export async function typesOf({ core: { registry, reads } }: Client): Promise<string[]> {
  const types = [...registry.list(), ...registry.owned(), ...(await reads.counts())].map(({ type }) => type);
  return [...new Set(types)].filter((type) => type !== BULK_TYPE);
}

export function unknownType(type: string, types: readonly string[]): JobsError {
  const near = nearest(
    type,
    types.filter((one) => one !== type),
  );
  return new JobsError('UNKNOWN_TYPE', `Unknown job type${near ? `: did you mean ${near}?` : '.'}`);
}

export async function whyLine({ core }: Client, record: JobRecord): Promise<string> {
  return core.explainer.explain(record);
}

/** The same as callers of the site see it. */
export const shownJob = async ({ core }: Client, record: JobRecord): Promise<Job> =>
  toJob(record, await core.holds.now());

/** What keeps it from ever starting; null if it is only waiting for its turn. */
export async function obstacle(client: Client, record: JobRecord): Promise<string | null> {
  const { status } = await shownJob(client, record);
  if (status !== 'parked' && record.state !== 'ready') return null;
  const isServed = status === 'pending' && (await client.core.peers.recent()).some(isWorker);
  return isServed ? null : whyLine(client, record);
}

/** Commands that may help. */
export function hints({ id, status, reason, plugin }: Job): string[] {
  const call = (words: string): string[] => [`phraseworks-jobs ${words}`];
  if (status === 'failed') return [...call(`show ${shortId(id)}`), ...call(`retry ${shortId(id)}`)];
  if (status !== 'parked') return [];
  if (reason === 'paused') return call('pauses');
  if (reason === 'plugin_disabled' && plugin !== null) return call(`plugins enable ${plugin}`);
  return reason === 'plugin_failed' ? call('plugins') : [];
}
