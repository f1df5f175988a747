// Rows as callers get them.
import { expect, test } from 'vitest';
import type { JobRecord } from '../job/record.ts';
import { toJob } from './codec.ts';

const times = { createdAt: 0, runAt: null, startedAt: null, finishedAt: null };
const texts = { data: '{}', result: null, progress: null, metrics: null };
const record = { id: 'j', type: 'email', state: 'scheduled', priority: 77, ...times, ...texts } as JobRecord;
const types = { summaryOf: () => null };

test('unreadable fields become null, and the rest of the job is kept', () => {
  for (const text of ['{"a', '', '\u0000', 'undefined']) {
    expect(toJob({ ...record, data: text, result: text, progress: text, metrics: text }, types)).toMatchObject({
      id: 'j',
      data: null,
      result: null,
      progress: null,
      metrics: null,
    });
  }
  expect(toJob(record, types).priority).toBe('normal');
});
