// Anything a processor returns or throws becomes one of four outcomes, and no thrown value can break the queue.
import { snooze } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { backoffDelay, decide, failure, LONGEST_DELAY, ofReturn, ofThrow } from './outcome.ts';

const revoked = Proxy.revocable({}, {});
revoked.revoke();
/** As Node throws it: the message is generic, and the cause has the reason. */
const fetchFailed = (cause: unknown) => new TypeError('fetch failed', { cause });
const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:587'), { code: 'ECONNREFUSED' });
const nested = new Error('outer', { cause: new Error('inner') });

describe('a thrown value', () => {
  test.each<[string, unknown, string]>([
    ['a failed fetch', fetchFailed(refused), 'fetch failed: connect ECONNREFUSED 127.0.0.1:587'],
    [
      'a failed fetch of a name with two addresses',
      fetchFailed(Object.assign(new AggregateError([refused, refused]), { code: 'ECONNREFUSED' })),
      'fetch failed: connect ECONNREFUSED 127.0.0.1:587',
    ],
    ['an error with a cause', nested, 'outer'],
    ['a proxy that throws on every access', revoked.proxy, 'an unreadable value was thrown'],
  ])('that is %s is a failure that may be retried', (_name, thrown, error) => {
    const outcome = ofThrow(thrown);
    expect(outcome).toMatchObject({ kind: 'failure', retryable: true, retryDelay: null, reason: null });
    expect(outcome.kind === 'failure' && outcome.error).toBe(error);
  });

  test('can say whether and when to retry', () => {
    const error = Object.assign(new Error('quota'), { retryable: false, retryDelay: 1_234.4 });
    expect(ofThrow(error)).toMatchObject({ retryable: false, retryDelay: 1_234 });
    expect(ofThrow({ message: 'quota', retryable: false })).toMatchObject({ error: 'quota', retryable: false });
    expect(ofThrow(Object.assign(new Error('x'), { retryable: 0 }))).toMatchObject({ retryable: true });
  });

  test.each([-1, Number.NaN, '5'])('with a retry delay of %s uses the backoff', (retryDelay) => {
    expect(ofThrow(Object.assign(new Error('x'), { retryDelay }))).toMatchObject({ retryDelay: null });
  });
});

describe('a returned value', () => {
  test.each<[string, unknown, unknown]>([
    ['nothing', undefined, null],
    ['an object without success', { sent: 3 }, { sent: 3 }],
    ['a success', { success: true }, null],
    ['a success with a result', { success: true, result: { n: 1 } }, { n: 1 }],
    [
      'a success with extra fields',
      { success: true, outputPath: '/a.webp', fileSize: 5 },
      { outputPath: '/a.webp', fileSize: 5 },
    ],
    ['a success with a result and fields', { success: true, result: { n: 1 }, at: 2 }, { n: 1, at: 2 }],
  ])('that is %s is a success', (_name, value, result) => {
    expect(ofReturn(value)).toEqual({ kind: 'success', result, message: null });
  });

  test('keeps its message next to the result, cut at 4 kB', () => {
    expect(ofReturn({ success: true, result: 1, message: 'sent' })).toEqual({
      kind: 'success',
      result: 1,
      message: 'sent',
    });
    expect(ofReturn({ success: true, message: 'x'.repeat(9_999) })).toMatchObject({ message: 'x'.repeat(4_096) });
    expect(ofReturn({ success: true, message: { not: 'text' } })).toEqual({
      kind: 'success',
      result: null,
      message: null,
    });
  });

  test('from a second copy of the SDK works too', async () => {
    const copy = (await import('../../../sdk/src/errors.ts?copy' as string)) as typeof import('@phraseworks/sdk');
    expect(copy.snooze).not.toBe(snooze);
    expect(ofReturn(copy.snooze(5, 'later'))).toEqual({ kind: 'snooze', delay: 5, reason: 'later' });
    expect(ofThrow(copy.discard('gone'))).toEqual({ kind: 'discard', reason: 'gone' });
  });
});

describe('the wait before the next attempt', () => {
  test.each([
    ['linear', 20_000],
    ['exponential', 5_000],
  ] as const)('%s after attempt %i waits 24 hours, not longer', (backoff, attempt) => {
    expect(backoffDelay(backoff, 5_000, attempt, 0)).toBe(LONGEST_DELAY);
  });

  test.each(['fixed', 'linear', 'exponential'] as const)(
    '%s without a delay does not wait, whatever the attempt',
    (backoff) => {
      for (const attempt of [1, 2, 100, 5_000]) expect(backoffDelay(backoff, 0, attempt, 0.9)).toBe(0);
    },
  );

  test('jitter adds up to a tenth and never shortens the wait', () => {
    const waits = [0, 0.25, 0.5, 0.75, 0.999_999].map((fraction) => backoffDelay('fixed', 10_000, 1, fraction));
    expect(waits).toEqual([10_000, 10_250, 10_500, 10_750, 11_000]);
  });
});

const NOW = 1_767_225_600_000;
const job: Parameters<typeof decide>[1] = { attempt: 1, maxRetries: 3, retryDelay: 5_000, backoff: 'linear' };

describe('the next step of the job', () => {
  test('jitter lengthens the pause before a retry, but not a delay set by the processor', () => {
    expect(decide(failure('x'), job, NOW, 1).runAt).toBe(NOW + 5_500);
    expect(decide(failure('x', { retryDelay: 70 }), job, NOW, 1).runAt).toBe(NOW + 70);
  });
});
