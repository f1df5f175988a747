// Rows as callers get them.
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import type { JobRecord } from '../job/record.ts';
import { jobEvent, toAttempt, toJob } from './codec.ts';

const T = 1_767_225_600_000;
const record: JobRecord = {
  ...{
    id: 'j',
    type: 'email',
    plugin: 'mail',
    lane: 'mail',
    state: 'scheduled',
    priority: 1,
    data: '{"to":"ada"}',
    result: '[1]',
    error: 'x',
    message: 'm',
    reason: 'r',
  },
  ...{
    progress: '{"percentage":5}',
    metrics: '{"a":{"b":1}}',
    attempt: 2,
    crashes: 1,
    loneCrashes: 0,
    startedRun: null,
    aloneRun: null,
    maxRetries: 3,
    retryDelay: 5,
    backoff: 'linear',
    timeout: 9,
    run: 7,
    node: 'n',
  },
  ...{
    leaseUntil: null,
    idempotencyKey: 'secret key',
    fingerprint: 'f',
    runAt: T + 5,
    dueAt: T + 5,
    createdAt: T,
    startedAt: T + 1,
    finishedAt: null,
    readyAt: null,
    trace: null,
    dataVersion: null,
    schedule: 's',
  },
};

const types = { summaryOf: (_type: string, data: unknown) => (data === null ? null : 'about it') };

test('a job has the names, states and times of the specification', () => {
  expect({ ...toJob(record, types) }).toEqual({
    ...{
      id: 'j',
      type: 'email',
      plugin: 'mail',
      lane: 'mail',
      status: 'pending',
      priority: 'high',
      data: { to: 'ada' },
      summary: 'about it',
      result: [1],
      error: 'x',
      message: 'm',
      reason: 'r',
    },
    ...{
      progress: { percentage: 5 },
      metrics: { a: { b: 1 } },
      attempt: 2,
      crashes: 1,
      maxRetries: 3,
      retryDelay: 5,
      retryBackoff: 'linear',
      timeout: 9,
      worker: 'n',
      schedule: 's',
    },
    ...{
      createdAt: '2026-01-01T00:00:00.000Z',
      runAt: '2026-01-01T00:00:00.005Z',
      startedAt: '2026-01-01T00:00:00.001Z',
      finishedAt: null,
    },
  });
});

test('a job prints as its state, as text and on the console', () => {
  expect(`${toJob(record, types)}`).toBe('pending');
  expect(inspect(toJob({ ...record, state: 'completed' }, types))).toMatch(/^completed \{/);
});

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
  expect(toJob({ ...record, priority: 77 }, types).priority).toBe('normal');
});

test('an event names its job and what happened, and has no empty fields', () => {
  expect(jobEvent('job_failed', 'failed', record, T, { error: 'x' })).toEqual({
    ...{
      event: 'job_failed',
      jobId: 'j',
      jobType: 'email',
      plugin: 'mail',
      status: 'failed',
      attempt: 2,
      at: '2026-01-01T00:00:00.000Z',
      error: 'x',
    },
  });
  expect(Object.keys(jobEvent('job_added', 'pending', record, T))).toHaveLength(7);
});

test('an attempt has its duration', () => {
  const row = {
    attempt: 1,
    run: 4,
    node: 'n',
    startedAt: T,
    finishedAt: T + 12,
    outcome: 'failed',
    error: 'x',
    stack: 's',
  };
  expect(toAttempt(row)).toEqual({
    attempt: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:00.012Z',
    duration: 12,
    outcome: 'failed',
    error: 'x',
    stack: 's',
    worker: 'n',
  });
});
