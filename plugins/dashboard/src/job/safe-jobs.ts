// Jobs for a list: what their schemas call a secret is hidden before a line is made of their data.
import type { Job } from '@phraseworks/sdk';
import type { TypeEntry } from '../api.ts';
import { redact } from './redact.ts';

export function safeJobs(jobs: readonly Job[], types: readonly TypeEntry[]): Job[] {
  const schemas = new Map(types.map(({ type, schema }) => [type, schema]));
  return jobs.map((job) => (job.summary ? job : { ...job, data: redact(job.data, schemas.get(job.type)).value }));
}
