// Matchers for vitest, whose failures say what became of the job: `import '@phraseworks/testing/matchers'`.
import type { Job, JobTypes, LogLine } from '@phraseworks/sdk';
import { expect, type MatcherState } from 'vitest';
import type { Performed, TestJobs } from './create-test-jobs.ts';

/** Any part of `T`. */
type Part<T> = T extends readonly (infer E)[]
  ? readonly Part<E>[]
  : T extends object
    ? { [K in keyof T]?: Part<T[K]> }
    : T;
type ResultIn<T> = NonNullable<T> extends { readonly result: infer R } ? Part<NonNullable<R>> : unknown;

/** The first four take a job, or what `perform()` returns: the outcome of the first attempt. An error or reason is matched as by `toThrow()`. */
export interface JobMatchers<T> {
  /** Its result has the properties of `result`, as for `toMatchObject()`. */
  toHaveCompleted(result?: ResultIn<T>): void;
  /** It has failed, and is not retried. */
  toHaveFailed(error?: string | RegExp): void;
  /** Its attempt failed, and the next one is due later. */
  toBeRetrying(error?: string | RegExp): void;
  /** It was cancelled or discarded. */
  toBeCancelled(reason?: string | RegExp): void;
  /** Of `createTestJobs()`: a job of this type, with data that has these properties, was added since the start. */
  toHaveAdded<K extends (keyof JobTypes & string) | (string & {})>(type: K, data?: Part<Job<K>['data']>): Promise<void>;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: must repeat the declaration of vitest
  interface Matchers<T = any> extends JobMatchers<T> {}
}

expect.extend({
  toHaveCompleted(received: unknown, result?: unknown) {
    const seen = look(received, 'toHaveCompleted');
    const inState = verdict(this, seen, 'completed', null);
    if (result === undefined || !inState.pass) return inState;
    return {
      pass: contains(this, seen.result, result),
      message: () =>
        `Expected the result ${this.isNot ? 'not to be' : 'to be'} ${short(this, result)}.\n${account(seen)}\n  result: ${short(this, seen.result)}`,
      actual: seen.result,
      expected: result,
    };
  },
  toHaveFailed(received: unknown, error?: string | RegExp) {
    const seen = look(received, 'toHaveFailed');
    return verdict(this, seen, 'failed', seen.error, error);
  },
  toBeRetrying(received: unknown, error?: string | RegExp) {
    const seen = look(received, 'toBeRetrying');
    return verdict(this, seen, 'retrying', seen.error, error);
  },
  toBeCancelled(received: unknown, reason?: string | RegExp) {
    const seen = look(received, 'toBeCancelled');
    return verdict(this, seen, 'cancelled', seen.job.reason, reason);
  },
  async toHaveAdded(received: TestJobs, type: string, data?: unknown) {
    if (!Array.isArray(received?.events))
      throw new TypeError('toHaveAdded() needs what createTestJobs() returned: await expect(jobs).toHaveAdded(type).');
    // A job of a paused type or of a disabled plugin is parked when it is added.
    const added = received.events.filter(({ event }) => event === 'job_added' || event === 'job_parked');
    const ids = new Set(added.filter(({ jobType }) => jobType === type).map(({ jobId }) => jobId));
    const jobs = (await Promise.all([...ids].map((id) => received.getJobStatus(id)))).filter((job) => job !== null);
    const wanted = data === undefined ? '' : ` with ${short(this, data)}`;
    return {
      pass: data === undefined ? ids.size > 0 : jobs.some((job) => contains(this, job.data, data)),
      message: () =>
        [
          `Expected ${this.isNot ? 'no job' : 'a job'} ${type}${wanted} to be added.`,
          ...jobs.map((job) => `  ${type} ${job.id}: ${short(this, job.data)}`),
          ...(ids.size === 0
            ? [`  Added: ${[...new Set(added.map((event) => event.jobType))].join(', ') || 'none'}`]
            : []),
        ].join('\n'),
    };
  },
});

type State = Job['status'] | 'retrying' | 'snoozed' | 'released' | 'crashed' | 'running';

interface Seen {
  job: Job;
  state: State;
  error: string | null;
  result: unknown;
  logs: readonly LogLine[];
}

function look(received: unknown, matcher: string): Seen {
  if (typeof received === 'object' && received !== null) {
    if ('job' in received && 'outcome' in received) {
      const { job, outcome, error, result, logs } = received as Performed;
      return { job, state: outcome === 'retry' ? 'retrying' : outcome, error, result, logs };
    }
    if ('status' in received && 'attempt' in received) {
      const job = received as Job;
      const retries = job.status === 'pending' && job.attempt > 0 && job.error !== null;
      return { job, state: retries ? 'retrying' : job.status, error: job.error, result: job.result, logs: [] };
    }
  }
  const got =
    received === null ? 'null: the job does not exist' : received instanceof Promise ? 'a promise: await it' : 'no job';
  throw new TypeError(
    `${matcher}() got ${got}. Use expect(await jobs.getJobStatus(id)) or expect(await jobs.perform(type, data)).`,
  );
}

const TO = {
  completed: 'to have completed',
  failed: 'to have failed',
  retrying: 'to be retrying',
  cancelled: 'to be cancelled',
};

function verdict(
  matcher: MatcherState,
  seen: Seen,
  state: keyof typeof TO,
  text: string | null,
  wanted?: string | RegExp,
) {
  const fits = wanted === undefined || (typeof wanted === 'string' ? text?.includes(wanted) : wanted.test(text ?? ''));
  const why = wanted === undefined ? '' : ` with ${short(matcher, wanted)}`;
  return {
    pass: seen.state === state && fits === true,
    message: () => `Expected the job ${matcher.isNot ? 'not ' : ''}${TO[state]}${why}.\n${account(seen)}`,
  };
}

/** On one line. */
const short = ({ utils }: MatcherState, value: unknown): string => utils.stringify(value, 10, { min: true });

function contains({ equals, customTesters, utils }: MatcherState, actual: unknown, part: unknown): boolean {
  return equals(actual, part, [...customTesters, utils.iterableEquality, utils.subsetEquality]);
}

/** What became of the job, and what the test may have left out. */
function account({ job, state, error, logs }: Seen): string {
  const { type, id, attempt, maxRetries, reason, runAt } = job;
  const hint = {
    pending: runAt === null ? 'await jobs.idle() before you read it' : `it is due at ${runAt}: await jobs.advance(ms)`,
    retrying: `the next attempt is due at ${runAt}: await jobs.advance(ms)`,
    processing: 'await jobs.idle() before you read it',
  }[state as string];
  return [
    `  ${type} ${id}: ${state}, attempt ${attempt} of ${maxRetries + 1}`,
    error !== null && `  error: ${error}`,
    reason !== null && `  reason: ${reason}`,
    ...logs.map(({ level, message }) => `  log: ${level} ${message}`),
    hint !== undefined && `  hint: ${hint}`,
  ]
    .filter((line) => line !== false)
    .join('\n');
}
