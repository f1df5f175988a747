// Whose time-out, retries and delays a job gets.
import { expect, test } from 'vitest';
import { resolveSettings } from '../kernel/config.ts';
import { policyFor } from './queue.ts';

const queue = resolveSettings({ queue: { jobTimeout: 1_000, defaultRetries: 1, defaultRetryDelay: 10 } }).queue;

test('without any layer the settings of the queue hold, and the backoff is fixed', () => {
  expect(policyFor(queue, {}, undefined, {})).toEqual({
    timeout: 1_000,
    maxRetries: 1,
    retryDelay: 10,
    backoff: 'fixed',
  });
  expect(policyFor(queue, {}, {}, {})).toEqual(policyFor(queue, {}, undefined, {}));
});

test('the specification gives the defaults of the queue', () => {
  expect(policyFor(resolveSettings({}).queue, {}, undefined, {})).toEqual({
    timeout: 300_000,
    maxRetries: 3,
    retryDelay: 5_000,
    backoff: 'fixed',
  });
});

test('each setting comes from the strongest layer that has it', () => {
  const job = { maxRetries: 5 };
  const site = { maxRetries: 6, timeout: 2_000 };
  const plugin = { maxRetries: 7, timeout: 3_000, retryDelay: 30, retryBackoff: 'linear' as const };
  expect(policyFor(queue, job, site, plugin)).toEqual({
    timeout: 2_000,
    maxRetries: 5,
    retryDelay: 30,
    backoff: 'linear',
  });
});

test('a zero is a setting, an undefined one is none', () => {
  expect(policyFor(queue, { maxRetries: 0, retryDelay: 0 }, { maxRetries: 9, retryDelay: 9 }, {})).toMatchObject({
    maxRetries: 0,
    retryDelay: 0,
  });
  expect(policyFor(queue, { maxRetries: undefined }, { maxRetries: 9 }, {})).toMatchObject({ maxRetries: 9 });
});
