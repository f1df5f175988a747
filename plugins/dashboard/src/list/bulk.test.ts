import type { QueueMetrics } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { can, matching, offered } from './bulk.tsx';
import { readListQuery } from './filters.tsx';

const counts = { total: 21, pending: 1, processing: 2, completed: 3, failed: 4, cancelled: 5, parked: 6 };
const none = { total: 0, pending: 0, processing: 0, completed: 0, failed: 0, cancelled: 0, parked: 0 };
const metrics: QueueMetrics = {
  ...counts,
  avgProcessingTime: 0,
  stuck: 0,
  types: { email: { ...none, failed: 2, avgProcessingTime: 0 } },
};

describe('what is offered for all that match', () => {
  test.each([
    [undefined, ['retry', 'run', 'cancel', 'delete']],
    ['failed', ['retry', 'delete']],
    ['completed', ['retry', 'delete']],
    ['processing', ['cancel']],
    ['pending', ['run', 'cancel', 'delete']],
  ] as const)('in state %s is %j', (status, acts) => {
    expect(offered({ status })).toEqual(acts);
  });
});

test('completed jobs are not run again with all others, but one by one', () => {
  expect(can('retry', 'completed')).toBe(true);
  expect(matching('retry', readListQuery({}), metrics)).toBe(9);
});

test('how many match is said where a count knows', () => {
  expect(matching('delete', readListQuery({ status: 'completed' }), metrics)).toBe(3);
  expect(matching('retry', readListQuery({ type: 'email' }), metrics)).toBe(2);
  expect(matching('retry', readListQuery({ type: 'gone' }), metrics)).toBe(0);
  expect(matching('retry', readListQuery({ q: 'ada' }), metrics)).toBeUndefined();
});
