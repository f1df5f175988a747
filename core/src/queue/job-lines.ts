// What the log says of one job: each line carries which job, type, plugin and attempt it is about.

import { type Logger, withFields } from '../kernel/logger.ts';
import type { Settlement } from '../store/job-writes.ts';
import type { ClaimedJob } from './record.ts';

type About = Pick<ClaimedJob, 'id' | 'type' | 'plugin' | 'attempt'>;

export const fieldsOf = ({ id, type, plugin, attempt }: About) => ({ job: id, type, plugin, attempt });

/** The same log for lines about this job. */
export const aboutJob = (log: Logger, job: About): Logger => withFields(log, fieldsOf(job));

/** A failed attempt is logged when that is stored; the figures count the others. */
export function tellFailure(to: Logger, { event }: Settlement, job: About): void {
  const failed = event?.event === 'job_failed';
  if (!failed && event?.event !== 'job_retry') return;
  const log = aboutJob(to, job);
  if (failed) log.warn(`A job failed: ${event.error}`);
  else log.info(`An attempt failed, another one follows: ${event.error}`);
}
