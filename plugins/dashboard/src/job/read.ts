// A job as its pages show it: without the secrets in its data and its result.
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
