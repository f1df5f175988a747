// One job: found by its id or a unique part of it, why it is not running, and which commands help.
import { isId, msOf, nearest, notFound } from '@phraseworks/jobs/internals/base';
import { isWorker } from '@phraseworks/jobs/internals/core';
import { type Job, JobsError } from '@phraseworks/sdk';
import { UsageError } from './arguments.ts';
import type { Client } from './client.ts';
import { shortId } from './job-lines.ts';

/** The most ids that the error lists. */
const SHOWN = 5;

/** Throws `JOB_NOT_FOUND`, `INVALID_DATA` if several jobs match, and `UsageError` if `given` cannot be part of an id. */
export async function findJob({ jobs }: Client, given: string): Promise<Job> {
  const part = given.toLowerCase();
  if (!/^[0-9a-f-]{4,36}$/.test(part))
    throw new UsageError('An ID has only hexadecimal digits and dashes; its first or last four are enough.');
  const ids = isId(part) ? [part] : await idsLike(jobs, part);
  if (ids.length > 1) {
    const more = ids.length > SHOWN ? ', ...' : '';
    throw new JobsError(
      'INVALID_DATA',
      `Several jobs match this part of an ID: ${ids.slice(0, SHOWN).join(', ')}${more}`,
    );
  }
  const [id] = ids;
  const job = id === undefined ? null : await jobs.getJobStatus(id);
  if (!job) throw notFound();
  return job;
}

async function idsLike(jobs: Client['jobs'], part: string): Promise<string[]> {
  const { jobs: found } = await jobs.listJobs({ q: `id:${part}`, limit: 200, brief: true });
  return found.map(({ id }) => id).filter((id) => id.startsWith(part) || id.endsWith(part));
}

/** The jobs that these words name. */
export async function findJobs(client: Client, given: readonly string[]): Promise<Job[]> {
  const found: Job[] = [];
  for (const one of given) found.push(await findJob(client, one));
  return found;
}

/** The job types that a plugin registered, and those of stored jobs. */
export async function typesOf({ core: { registry, reads } }: Client): Promise<string[]> {
  const stored = (await reads.counts()).map(({ type }) => type);
  return [...new Set([...registry.names(), ...stored])];
}

export function unknownType(type: string, types: readonly string[]): JobsError {
  const near = nearest(
    type,
    types.filter((one) => one !== type),
  );
  return new JobsError('UNKNOWN_TYPE', `Unknown job type${near ? `: did you mean ${near}?` : '.'}`);
}

export async function whyLine({ jobs }: Client, { id }: Job): Promise<string> {
  const known = await jobs.why(id);
  if (!known) throw notFound();
  return known.why;
}

/** What keeps it from ever starting; null if it is only waiting for its turn. */
export async function obstacle(client: Client, job: Job): Promise<string | null> {
  const { status, runAt } = job;
  if (status === 'parked') return whyLine(client, job);
  const { core } = client;
  if (status !== 'pending' || (runAt !== null && msOf(runAt) > core.now())) return null;
  return (await core.peers.recent()).some(isWorker) ? null : whyLine(client, job);
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
