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

describe('the bulk actions', () => {
  test.each([
    [undefined, ['retry', 'run', 'cancel', 'delete']],
    ['failed', ['retry', 'delete']],
    ['completed', ['retry', 'delete']],
    ['processing', ['cancel']],
    ['pending', ['run', 'cancel', 'delete']],
    ['delayed', ['run', 'cancel', 'delete']],
  ] as const)('in state %s are %j', (status, acts) => {
    expect(offered({ status })).toEqual(acts);
  });
});

test('cancelled and completed jobs are retried in bulk only if the list shows them', () => {
  expect(['completed', 'cancelled'].map((state) => can('retry', state as JobState))).toEqual([true, true]);
  expect(matching('retry', readListQuery({}), metrics)?.byState).toEqual([['failed', 4]]);
  expect(matching('retry', readListQuery({ status: 'cancelled' }), metrics)?.byState).toEqual([['cancelled', 5]]);
});

test('the number of matches is shown if a count is known', () => {
  expect(matching('delete', readListQuery({ status: 'completed' }), metrics)?.total).toBe(3);
  expect(matching('retry', readListQuery({ type: 'email' }), metrics)?.total).toBe(2);
  expect(matching('retry', readListQuery({ type: 'gone' }), metrics)?.total).toBe(0);
  expect(matching('retry', readListQuery({ q: 'ada' }), metrics)).toBeUndefined();
});

test('ready and delayed jobs are counted apart, from the stored counts or one by one', async () => {
  const some = { ...metrics, pending: 5, delayed: 2 };
  expect(matching('cancel', readListQuery({ status: 'delayed' }), some)?.byState).toEqual([['delayed', 2]]);
  expect(matching('cancel', readListQuery({ status: 'ready' }), some)?.byState).toEqual([['ready', 3]]);
  const jobs = async () => ({ jobs: [{ status: 'pending' }], nextCursor: null, capped: false });
  const visit = { api: { jobs }, may: { operate: true }, query: { ask: 'run' }, now: 0 } as unknown as Visit;
  const asked = await askedAct(visit, readListQuery({ status: 'delayed', q: 'ada' }), some);
  expect(asked).toMatchObject({ byState: [['delayed', 1]], total: 1 });
});

test('counting continues past the limit of one search, but not for long, and not with each update', async () => {
  let pages = 0;
  const jobs = async () => {
    pages += 1;
    return { jobs: [], nextCursor: 'older', capped: true };
  };
  const visit = { api: { jobs }, may: { operate: true }, query: { ask: 'retry' }, now: 0 } as unknown as Visit;
  expect(await askedAct(visit, readListQuery({ q: 'ada' }), metrics)).toMatchObject({ total: 0, capped: true });
  expect(await askedAct({ ...visit, isUpdate: true }, readListQuery({ q: 'ada' }), metrics)).toEqual({ act: 'retry' });
  expect(pages).toBe(5);
});
