// The processor of `email` jobs, loaded with the first job.
import type { JobsApi, PluginClock, Processor } from '@phraseworks/sdk';
import { discard, snooze, Veto } from '@phraseworks/sdk';
import type { EmailResult } from './mail-error.ts';
import { MailError } from './mail-error.ts';
import type { Mailer } from './mailer.ts';

export interface ProcessorParts {
  mailer: Mailer;
  clock: PluginClock;
  getJobStatus: JobsApi['getJobStatus'];
  getJobHistory: JobsApi['getJobHistory'];
}

const MINUTE = 60_000;
const HOUR = 3_600_000;

/** The share of an attempt's timeout in which mails may start; the rest is for finishing the last one. */
const SHARE = 2 / 3;

function successMessage({ accepted, refused, suppressed }: EmailResult): string {
  const more = accepted.length > 3 ? ` and ${accepted.length - 3} more` : '';
  const lost = refused.length > 0 ? `; refused for ${refused.length}` : '';
  const kept = suppressed.length > 0 ? `; suppressed for ${suppressed.length}` : '';
  return `Email sent to ${accepted.slice(0, 3).join(', ')}${more}${lost}${kept}`;
}

export function emailProcessor(parts: ProcessorParts): Processor<'email'> {
  const { mailer, clock, getJobStatus, getJobHistory } = parts;

  /** Is this the first attempt since a person put the job back? One that snoozed or lost its process begins again, too. */
  async function putBack(jobId: string): Promise<boolean> {
    const events = (await getJobHistory(jobId)).map(({ event }) => event);
    const last = events.lastIndexOf('job_requeued');
    return last >= 0 && events.slice(last).filter((event) => event === 'job_started').length <= 1;
  }

  return async (data, jobId, _attempt, job) => {
    const { signal, log } = job;
    const began = clock.now();
    const own = await getJobStatus(jobId);
    const progress = (processed: number, total: number) => {
      // Not awaited: a progress line that cannot be written must not hold up the next recipient.
      if (total > 1) {
        job.progress({ percentage: Math.round((processed / total) * 100), processed, total }).catch(() => {});
      }
    };
    try {
      const until = own ? began + own.timeout * SHARE : Number.POSITIVE_INFINITY;
      const again = () => putBack(jobId);
      const result = await mailer.send(data, { id: jobId, signal, log, again, until, progress });
      return { success: true, message: successMessage(result), deliveredAt: clock.iso(), result };
    } catch (error) {
      if (error instanceof Veto) return discard(error.message);
      if (!(error instanceof MailError)) throw error;
      const { code, message, retryable, retryDelay, result } = error;
      if (code === 'SUPPRESSED') return discard(message);
      if (code === 'LATER') return snooze(retryDelay ?? 0, message);
      if (job.maxRetries > 0) {
        if (code === 'SERVER_BUSY') job.limited(MINUTE, message);
        // An outage must not lose mail: after the retries, wait longer and longer.
        if (retryable && job.isLast) {
          // biome-ignore lint/style/noRestrictedGlobals: it reads a time that is stored, and asks for none
          const waited = clock.now() - Date.parse(job.createdAt);
          const pause = Math.max(retryDelay ?? 0, Math.min(HOUR, Math.max(MINUTE, waited / 2)));
          return snooze(Math.round(pause), message);
        }
      }
      return {
        success: false,
        error: message,
        code,
        retryable,
        ...(retryDelay === undefined ? {} : { retryDelay: Math.max(retryDelay, own?.retryDelay ?? 0) }),
        ...(result === undefined ? {} : { result }),
      };
    }
  };
}
