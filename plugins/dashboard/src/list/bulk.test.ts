import type { JobState, QueueMetrics } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import type { Visit } from '../visit.ts';
import { askedAct, can, matching, offered } from './bulk.tsx';
import { readListQuery } from './filters.tsx';

const counts = { total: 21, pending: 1, processing: 2, completed: 3, failed: 4, cancelled: 5, parked: 6 };
const none = { total: 0, pending: 0, processing: 0, completed: 0, failed: 0, cancelled: 0, parked: 0 };
const metrics: QueueMetrics = {
  ...counts,
  avgProcessingTime: 0,
  delayed: 0,
  stuck: 0,
  types: { email: { ...none, failed: 2, avgProcessingTime: 0, delayed: 0 } },
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

test('cancelled and completed jobs are not run again with all failed ones, but where the list shows them', () => {
  expect(['completed', 'cancelled'].map((state) => can('retry', state as JobState))).toEqual([true, true]);
  expect(matching('retry', readListQuery({}), metrics)?.byState).toEqual([['failed', 4]]);
  expect(matching('retry', readListQuery({ status: 'cancelled' }), metrics)?.byState).toEqual([['cancelled', 5]]);
});

test('how many match is said where a count knows', () => {
  expect(matching('delete', readListQuery({ status: 'completed' }), metrics)?.total).toBe(3);
  expect(matching('retry', readListQuery({ type: 'email' }), metrics)?.total).toBe(2);
  expect(matching('retry', readListQuery({ type: 'gone' }), metrics)?.total).toBe(0);
  expect(matching('retry', readListQuery({ q: 'ada' }), metrics)).toBeUndefined();
});

test('counting goes on past the limit of one search, but not for long', async () => {
  let pages = 0;
  const jobs = async () => {
    pages += 1;
    return { jobs: [], nextCursor: 'older', capped: true };
  };
  const visit = { api: { jobs }, may: { operate: true }, query: { ask: 'retry' }, now: 0 } as unknown as Visit;
  expect(await askedAct(visit, readListQuery({ q: 'ada' }), metrics)).toMatchObject({ total: 0, capped: true });
  expect(pages).toBe(5);
});
