// How a job that was sent as JSON is read: a plugin provides it, and the core uses it for jobs that are sent as a form.
import type { NewJob } from '../job.ts';
import { token } from '../token.ts';

/** Provided by the plugin with the HTTP API. */
export interface JobReader {
  /** Throws `INVALID_DATA` with every wrong field. */
  read(json: Uint8Array): Promise<NewJob>;
}
export const JobReader = token<JobReader>('api/job-reader');
