import type { QueueMetrics } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import type { Visit } from '../visit.ts';
import { askedAct, BulkQuestion } from './bulk.tsx';
import { readListQuery } from './filters.tsx';

const clock = { now: () => 0 };
const counts = { total: 21, pending: 1, processing: 2, completed: 3, failed: 4, cancelled: 5, parked: 6 };
const none = { total: 0, pending: 0, processing: 0, completed: 0, failed: 0, cancelled: 0, parked: 0 };
const metrics: QueueMetrics = {
  ...counts,
  avgProcessingTime: 0,
  delayed: 0,
  blocked: 0,
  stuck: 0,
  types: { email: { ...none, failed: 2, avgProcessingTime: 0, delayed: 0, blocked: 0 } },
};

test('a search counts every match, however many pages and limits lie between', async () => {
  let pages = 0;
  const jobs = async () => {
    pages += 1;
    const found = pages % 3 === 0 ? 50 : 200;
    const nextCursor = pages < 60 ? String(pages) : null;
    return { jobs: Array.from({ length: found }, () => ({ status: 'failed' })), nextCursor, capped: found < 200 };
  };
  const visit = {
    jobs: { list: jobs },
    bulk: {},
    may: { operate: true },
    query: { ask: 'delete' },
    now: 0,
    clock,
  } as unknown as Visit;
  const asked = await askedAct(visit, readListQuery({ q: 'ada' }), metrics);
  expect(asked).toMatchObject({ total: 40 * 200 + 20 * 50, capped: false });
});

test('counting ends after a while, not with each update, and the question then gives no number as the whole', async () => {
  let pages = 0;
  const jobs = async () => {
    pages += 1;
    return { jobs: [{ status: 'failed' }], nextCursor: 'older', capped: true };
  };
  const slow = { now: () => pages * 500 };
  const to = (path: string) => path;
  const visit = {
    jobs: { list: jobs },
    bulk: {},
    may: { operate: true },
    query: { ask: 'delete' },
    now: 0,
    clock: slow,
    to,
  } as never as Visit;
  const list = readListQuery({ q: 'ada' });
  const asked = await askedAct(visit, list, metrics);
  expect(asked).toMatchObject({ total: 6, capped: true });
  const html = String(BulkQuestion({ visit, list, asked: asked as never }));
  expect(html).toContain('<h2>Delete all matching failed jobs?</h2>');
  expect(html).toContain('at least 6 jobs');
  expect(html).toContain('name="typed"');
  expect(await askedAct({ ...visit, isUpdate: true }, list, metrics)).toEqual({ act: 'delete' });
  expect(pages).toBe(6);
});
