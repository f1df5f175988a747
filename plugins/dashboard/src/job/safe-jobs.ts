// Jobs for a list: masks what their schemas call secret before it makes a line of their data.
import type { Job } from '@phraseworks/sdk';
import type { TypeEntry } from '../api.ts';
import { redact } from './redact.ts';

export function safeJobs(jobs: readonly Job[], types: readonly TypeEntry[]): Job[] {
  const schemas = new Map(types.map(({ type, schema }) => [type, schema]));
  return jobs.map((job) => (job.summary ? job : { ...job, data: redact(job.data, schemas.get(job.type)).value }));
}
