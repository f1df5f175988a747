// The work of type `email`: sends, and says what became of it. Loaded with the first job.
import type { JobsApi, PluginClock, Processor } from '@phraseworks/sdk';
import { discard, Veto } from '@phraseworks/sdk';
import type { EmailResult } from './data.ts';
import { MailError } from './mail-error.ts';
import type { Mailer } from './mailer.ts';

export interface ProcessorParts {
  mailer: Mailer;
  clock: PluginClock;
  getJobStatus: JobsApi['getJobStatus'];
}

function successMessage({ accepted, refused }: EmailResult): string {
  const more = accepted.length > 3 ? ` and ${accepted.length - 3} more` : '';
  const lost = refused.length > 0 ? `; refused for ${refused.length}` : '';
  return `Email sent to ${accepted.slice(0, 3).join(', ')}${more}${lost}`;
}

export function emailProcessor({ mailer, clock, getJobStatus }: ProcessorParts): Processor<'email'> {
  /** A job that waits longer by itself keeps its own delay. */
  async function longerThanOwn(delay: number, jobId: string): Promise<number> {
    const job = await getJobStatus(jobId);
    return Math.max(delay, job?.retryDelay ?? 0);
  }

  return async (data, jobId, attempt, job) => {
    const progress = (processed: number, total: number) => {
      // Not awaited: a progress line that cannot be written must not hold up the next recipient.
      if (total > 1) {
        job.progress({ percentage: Math.round((processed / total) * 100), processed, total }).catch(() => {});
      }
    };
    try {
      const again = attempt === 1;
      const result = await mailer.send(data, { id: jobId, signal: job.signal, log: job.log, again, progress });
      return { success: true, message: successMessage(result), deliveredAt: clock.iso(), result };
    } catch (error) {
      if (error instanceof Veto) return discard(error.message);
      if (!(error instanceof MailError)) throw error;
      const { code, message, retryable, retryDelay, result } = error;
      return {
        success: false,
        error: message,
        code,
        retryable,
        ...(retryDelay === undefined ? {} : { retryDelay: await longerThanOwn(retryDelay, jobId) }),
        ...(result === undefined ? {} : { result }),
      };
    }
  };
}
