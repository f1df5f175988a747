// What an outcome means for the job: pure, from the outcome, the job's own limits, the time and a bit of chance.
import type { Backoff } from '@phraseworks/sdk';
import { retryDelay } from './backoff.ts';
import type { StepName } from './lifecycle.ts';
import type { Outcome } from './outcome.ts';

/** A job that snoozes without a pause would turn in a circle at full speed, in milliseconds. */
const SHORTEST_SNOOZE = 100;

export interface Limits {
  /** The attempt that just ended, from 1. */
  attempt: number;
  maxRetries: number;
  retryDelay: number;
  backoff: Backoff;
}

export interface Verdict {
  step: Extract<StepName, 'complete' | 'retry' | 'fail' | 'snooze' | 'discard'>;
  /** When it may run again; null when it is over. */
  runAt: number | null;
  /** The attempts spent so far. */
  attempt: number;
}

export function settle(outcome: Outcome, job: Limits, now: number, fraction: number): Verdict {
  switch (outcome.kind) {
    case 'success':
      return { step: 'complete', runAt: null, attempt: job.attempt };
    case 'discard':
      return { step: 'discard', runAt: null, attempt: job.attempt };
    case 'snooze':
      return { step: 'snooze', runAt: now + Math.max(outcome.delay, SHORTEST_SNOOZE), attempt: job.attempt - 1 };
    case 'failure': {
      if (!outcome.retryable || job.attempt > job.maxRetries)
        return { step: 'fail', runAt: null, attempt: job.attempt };
      const delay = outcome.retryDelay ?? retryDelay(job.backoff, job.retryDelay, job.attempt, fraction);
      return { step: 'retry', runAt: now + delay, attempt: job.attempt };
    }
  }
}
