// How long a job may wait: what its type and its addition say, and the timer that ends it in time.
import type { NewJob } from '@phraseworks/sdk';
import type { Deadline, RememberedOptions } from '../job/record.ts';
import { Clock } from '../kernel/clock.ts';
import { durationInWords, millisecondsOf } from '../kernel/duration.ts';
import { timeIn } from '../kernel/id.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Overdue } from '../store/overdue.ts';

/** What is wrong if a job would expire before its delay is over. */
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

/** Milliseconds after an error, and at most between two looks at what other processes add. */
const RETRY = 1_000;

/** Ends waiting jobs when their time is over. One timer waits for the next of them. */
export class DeadlineTimer extends Rounds<typeof DeadlineTimer.needs> {
  static readonly needs = { overdue: Overdue, clock: Clock, log: Log };
  protected readonly plan = { task: 'end jobs whose time is over', first: 0, again: RETRY };

  /** Another process wrote: looks soon whether a deadline came with it. */
  check(): void {
    this.within(RETRY);
  }

  /** Ends what is over, at most one pass. */
  protected async round(): Promise<number> {
    const { overdue, clock } = this.needs;
    const now = clock.now();
    if ((await overdue.endWaiting(now)) > 0) return 0;
    return ((await overdue.next(now)) ?? Number.POSITIVE_INFINITY) - clock.now();
  }
}
