// Events come back from the store as they were sent, whatever they carry.
import type { JobEvent } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { decodeEvents, encodeEvents } from './event-codec.ts';

const event = (change: Partial<JobEvent> = {}): JobEvent => ({
  event: 'job_added',
  jobId: '01900000-0000-7000-8000-000000000000',
  jobType: 'email',
  plugin: 'mail',
  status: 'pending',
  attempt: 0,
  at: '2026-01-01T00:00:00.000Z',
  ...change,
});

test('the details of an event are kept when decoded, even empty ones and zero', () => {
  const events = [
    event({ event: 'job_progress', status: 'processing', progress: { percentage: 0, message: '' } }),
    event({ event: 'job_completed', status: 'completed', result: null }),
    event({ event: 'job_completed', status: 'completed', result: 0 }),
    event({ event: 'job_completed', status: 'completed', result: { __a: ['\u0000', '\u2028'] } }),
    event({ event: 'job_completed', status: 'completed', resultBytes: 500_002 }),
    event({ event: 'job_failed', status: 'failed', error: '', reason: 'crashed' }),
    event({ event: 'job_completed', status: 'completed', wait: 0, duration: 0 }),
    event({ event: 'job_completed', status: 'completed', duration: 3 }),
    event({ event: 'job_retry', error: 'x', wait: 5_000, duration: 12 }),
  ];
  expect(decodeEvents(encodeEvents(events))).toEqual(events);
});

test('neighbours that differ in one field are not mixed up', () => {
  const events = [
    event(),
    event({ plugin: null }),
    event({ plugin: null, jobType: 'image' }),
    event({ jobType: 'image', at: '2026-01-01T00:00:00.001Z' }),
    event({ jobType: '0', plugin: '0', attempt: 7 }),
    event(),
  ];
  expect(decodeEvents(encodeEvents(events))).toEqual(events);
  expect(decodeEvents(encodeEvents([]))).toEqual([]);
});
