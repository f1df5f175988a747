// How long a job may wait: what its type and its addition say, and the timer that ends it in time.
import type { NewJob } from '@phraseworks/sdk';
import type { Deadline, RememberedOptions } from '../job/record.ts';
import { durationInWords, millisecondsOf } from '../kernel/duration.ts';
import { timeIn } from '../kernel/id.ts';

/** What is wrong if a job would expire before its delay ends. */
export function neverBegins(job: NewJob, type: RememberedOptions): string | null {
  const expires = millisecondsOf(job.expires ?? type.expires);
  if (expires === null || !job.delay || job.delay < expires) return null;
  return `lets the job never begin: it would expire after ${durationInWords(expires)}, before its delay is over`;
}

/** The deadline that is stored with a job; null: none of its own. `nextRun`: of the schedule that adds it. */
export function deadlineOf(job: NewJob, type: RememberedOptions, now: number, nextRun: number | null): Deadline | null {
  const expires = job.expires ?? type.expires;
  const own = millisecondsOf(expires);
  const isLimited = expires === undefined && nextRun !== null && now + (job.delay ?? 0) < nextRun;
  const waitsUntil = own !== null ? now + own : isLimited ? nextRun : null;
  const giveUpAfter = millisecondsOf(job.giveUpAfter);
  if (waitsUntil === null && giveUpAfter === null) return null;
  return { waitsUntil, giveUpAt: giveUpAfter === null ? null : now + giveUpAfter };
}

/** When a job must not be tried again; null: never. `own`: what is stored with it. */
export function giveUpTime(id: string, own: number | null, { giveUpAfter }: RememberedOptions): number | null {
  return own ?? (giveUpAfter === undefined ? null : timeIn(id) + (millisecondsOf(giveUpAfter) ?? 0));
}
