// What an outcome means for the job: the whole table.
import { describe, expect, test } from 'vitest';
import { failure, type Outcome } from './outcome.ts';
import { type Limits, settle } from './settlement.ts';

const NOW = 1_767_225_600_000;
const job: Limits = { attempt: 1, maxRetries: 3, retryDelay: 5_000, backoff: 'linear' };
const success: Outcome = { kind: 'success', result: { n: 1 }, message: null };

describe('settle', () => {
  test.each<[string, Outcome, Partial<Limits>, object]>([
    ['a success completes it', success, {}, { step: 'complete', runAt: null, attempt: 1 }],
    [
      'a success of the last attempt completes it',
      success,
      { attempt: 4 },
      { step: 'complete', runAt: null, attempt: 4 },
    ],
    ['a discard ends it', { kind: 'discard', reason: 'gone' }, {}, { step: 'discard', runAt: null, attempt: 1 }],
    [
      'a snooze spends no attempt',
      { kind: 'snooze', delay: 60_000, reason: 'x' },
      {},
      { step: 'snooze', runAt: NOW + 60_000, attempt: 0 },
    ],
    [
      'a snooze of the last attempt waits, too',
      { kind: 'snooze', delay: 0, reason: 'x' },
      { attempt: 4 },
      { step: 'snooze', runAt: NOW + 100, attempt: 3 },
    ],
    ['a failure waits for its retry', failure('x'), {}, { step: 'retry', runAt: NOW + 5_000, attempt: 1 }],
    [
      'the second failure waits by its backoff',
      failure('x'),
      { attempt: 2 },
      { step: 'retry', runAt: NOW + 10_000, attempt: 2 },
    ],
    [
      'the failure before the last retry waits',
      failure('x'),
      { attempt: 3 },
      { step: 'retry', runAt: NOW + 15_000, attempt: 3 },
    ],
    [
      'the failure after the last retry ends it',
      failure('x'),
      { attempt: 4 },
      { step: 'fail', runAt: null, attempt: 4 },
    ],
    [
      'without retries the first failure ends it',
      failure('x'),
      { maxRetries: 0 },
      { step: 'fail', runAt: null, attempt: 1 },
    ],
    [
      'a failure that is not retryable ends it',
      failure('x', { retryable: false }),
      {},
      { step: 'fail', runAt: null, attempt: 1 },
    ],
    [
      'a delay of the processor wins',
      failure('x', { retryDelay: 70 }),
      {},
      { step: 'retry', runAt: NOW + 70, attempt: 1 },
    ],
    ['a delay of none is one, too', failure('x', { retryDelay: 0 }), {}, { step: 'retry', runAt: NOW, attempt: 1 }],
    [
      'a delay does not make a last failure a retry',
      failure('x', { retryDelay: 70 }),
      { attempt: 4 },
      { step: 'fail', runAt: null, attempt: 4 },
    ],
  ])('%s', (_name, outcome, limits, expected) => {
    expect(settle(outcome, { ...job, ...limits }, NOW, 0)).toEqual(expected);
  });

  test('chance lengthens the pause of a retry, not the delay that the processor asked for', () => {
    expect(settle(failure('x'), job, NOW, 1).runAt).toBe(NOW + 5_500);
    expect(settle(failure('x', { retryDelay: 70 }), job, NOW, 1).runAt).toBe(NOW + 70);
  });
});
