// How long a job may wait: what its type and whoever adds it say, and the timer that ends it in time.
import type { DeadlineOptions, FieldError, NewJob } from '@phraseworks/sdk';
import type { Deadline, RememberedOptions } from '../job/record.ts';
import { Clock } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { durationInWords, millisecondsOf } from '../kernel/duration.ts';
import { timeIn } from '../kernel/id.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Overdue } from '../store/overdue.ts';

const NEVER_BEGINS = 'or the job could never begin';

/** Mistakes in the deadlines of a type or a job, by themselves. */
export function deadlineErrors({ expires, giveUpAfter }: { [Name in keyof DeadlineOptions]?: unknown }): FieldError[] {
  const errors: FieldError[] = [];
  const isTime = (given: unknown) => (millisecondsOf(given) ?? 0) > 0;
  if (expires !== undefined && expires !== false && !isTime(expires))
    errors.push({ path: 'expires', message: 'must be milliseconds, 1 or more, text such as "1 hour", or false' });
  if (giveUpAfter !== undefined && !isTime(giveUpAfter))
    errors.push({ path: 'giveUpAfter', message: 'must be milliseconds, 1 or more, or text such as "2 days"' });
  return errors;
}

/** A job that would expire before its delay is over. */
export function neverBegins(job: NewJob, type: RememberedOptions): FieldError | null {
  const expires = millisecondsOf(job.expires ?? type.expires);
  if (expires === null || !job.delay || job.delay < expires) return null;
  return job.expires === undefined
    ? {
        path: 'delay',
        message: `must be less than ${durationInWords(expires)}, after which jobs of its type expire, ${NEVER_BEGINS}: give it an \`expires\` of its own`,
      }
    : { path: 'expires', message: `must be more than the delay, ${NEVER_BEGINS}` };
}

/** The deadline that is stored with a job; null: none of its own. `nextRun`: of the schedule that adds it. */
export function deadlineOf(
  job: NewJob,
  type: RememberedOptions,
  { now, nextRun }: { now: number; nextRun: number | null },
): Deadline | null {
  const expires = job.expires ?? type.expires;
  const own = expires === undefined ? null : millisecondsOf(expires);
  const isLimited = expires === undefined && nextRun !== null && now + (job.delay ?? 0) < nextRun;
  const waitsUntil = own !== null ? now + own : isLimited ? nextRun : null;
  const giveUpAt = job.giveUpAfter === undefined ? null : now + (millisecondsOf(job.giveUpAfter) ?? 0);
  return waitsUntil === null && giveUpAt === null ? null : { waitsUntil, giveUpAt };
}

/** When a job must not be tried again; null: never. `own`: what is stored with it. */
export function giveUpTime(id: string, own: number | null, { giveUpAfter }: RememberedOptions): number | null {
  return own ?? (giveUpAfter === undefined ? null : timeIn(id) + (millisecondsOf(giveUpAfter) ?? 0));
}

/** Milliseconds after an error, and at most between two looks at what other processes add. */
const RETRY = 1_000;

/** Ends waiting jobs when their time is over. One timer waits for the next of them. */
export class DeadlineTimer extends Rounds {
  static readonly needs = { overdue: Overdue, clock: Clock, log: Log };
  readonly #needs;

  constructor(needs: Built<typeof DeadlineTimer.needs>) {
    super(needs, { task: 'end jobs whose time is over', first: 0, again: RETRY });
    this.#needs = needs;
  }

  /** Another process wrote: looks soon whether a deadline came with it. */
  check(): void {
    this.within(RETRY);
  }

  expect(at: number): void {
    this.within(Math.max(at - this.#needs.clock.now(), 0));
  }

  /** Ends all that is over, pass by pass; returns how long to wait for the next one. */
  protected async round(): Promise<number> {
    const { overdue, clock } = this.#needs;
    const now = clock.now();
    let behind = 0;
    for (;;) {
      const { looked, running } = await overdue.endWaiting(now, behind);
      behind += running;
      if (looked === 0) break;
    }
    return ((await overdue.next(now)) ?? Number.POSITIVE_INFINITY) - clock.now();
  }
}
