// Jobs as the pages show them: without the secrets in their data and their result.
import type { Job } from '@phraseworks/sdk';
import type { TypeEntry } from '../api.ts';
import type { Visit } from '../visit.ts';
import { type Redacted, redact } from './redact.ts';

export interface ReadJob {
  /** With its secrets: only to send it to the API. */
  job: Job;
  /** Undefined when its type is not known. */
  type: TypeEntry | undefined;
  data: Redacted;
  result: Redacted;
}

/** Throws `Refusal`. */
export async function readJob({ api }: Pick<Visit, 'api'>, id: string): Promise<ReadJob> {
  const [job, { types }] = await Promise.all([api.job(id), api.types()]);
  const type = types.find((one) => one.type === job.type);
  return { job, type, data: redact(job.data, type?.schema), result: redact(job.result) };
}

export const FILES = ['data', 'result'] as const;

/** The data or the result as a file: the whole of it, but for the secrets. An attachment: no browser shows it, whatever it holds. Throws `Refusal`. */
export async function jobFile(visit: Visit, id: string, part: (typeof FILES)[number]): Promise<Response> {
  const { job, data, result } = await readJob(visit, id);
  const { value } = part === 'data' ? data : result;
  return new Response(`${JSON.stringify(value, null, 2)}\n`, {
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': `attachment; filename="${job.id}-${part}.json"`,
    },
  });
}

/** Jobs for a list: masks what their schemas call secret before it makes a line of their data. */
export function safeJobs(jobs: readonly Job[], types: readonly TypeEntry[]): Job[] {
  const schemas = new Map(types.map(({ type, schema }) => [type, schema]));
  return jobs.map((job) => (job.summary ? job : { ...job, data: redact(job.data, schemas.get(job.type)).value }));
}
