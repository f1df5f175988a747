// Adding up: counts by day and hour of the site, percentiles within their bound, reasons that read alike, the slowest.

import { createZone } from '@phraseworks/sdk/zone';
import { expect, test } from 'vitest';
import { chance } from '../../test/seed.ts';
import { type Fact, factOf, plainReason } from './fact.ts';
import { fold, OTHER_REASONS, REASONS } from './fold.ts';
import { addTo, bucketOf, type Histogram, middleOf, quantile } from './histogram.ts';

const AT = Date.UTC(2026, 10, 24, 23, 30);
const fact = (more: Partial<Fact>): Fact => ({
  key: 'k',
  jobId: 'a',
  type: 'email',
  outcome: 'completed',
  at: AT,
  wait: 20,
  ran: 400,
  reason: undefined,
  ...more,
});

test('a bucket is off by less than 10 % from a millisecond to a month', () => {
  for (let ms = 1; ms < 2_600_000_000; ms = Math.ceil(ms * 1.013)) {
    const shown = middleOf(bucketOf(ms));
    if (Math.abs(shown - ms) / ms >= 0.1) expect.fail(`${ms} is shown as ${shown}`);
  }
  expect([0, 0.4, -5, Number.NaN].map(bucketOf)).toEqual([0, 0, 0, 0]);
  expect(bucketOf(1e15)).toBe(165);
});

test('p50 and p95 of 10,000 durations are within 10 % of the exact ones', () => {
  const random = chance(3);
  const histogram: Histogram = new Map();
  const exact = Array.from({ length: 10_000 }, () => Math.round(Math.exp(random() * 12)));
  for (const ms of exact) addTo(histogram, bucketOf(ms));
  exact.sort((a, b) => a - b);
  for (const share of [0.5, 0.95]) {
    const right = exact[Math.ceil(exact.length * share) - 1] ?? 0;
    expect(Math.abs((quantile(histogram, share) ?? 0) - right) / right).toBeLessThan(0.1);
  }
  expect(quantile(new Map(), 0.5)).toBeNull();
});

test('an attempt counts for the day and hour in the time zone of the site', () => {
  const { counts, times } = fold([fact({}), fact({ outcome: 'failed', reason: 'no' })], createZone('Europe/Berlin'));
  expect(counts).toEqual([
    { day: '2026-11-25', hour: 0, type: 'email', completed: 1, failed: 1, retried: 0, cancelled: 0 },
  ]);
  expect(times).toMatchObject([
    { day: '2026-11-25', kind: 'wait', bucket: bucketOf(20), n: 2 },
    { day: '2026-11-25', kind: 'run', bucket: bucketOf(400), n: 2 },
  ]);
});

test('the ten slowest jobs of each day are kept, each with its longest attempt', () => {
  const facts = Array.from({ length: 40 }, (_, n) => fact({ jobId: `j${n % 20}`, ran: n, wait: undefined }));
  const { slowest } = fold(facts, createZone('UTC'));
  expect(slowest.map(({ job_id, ms }) => [job_id, ms])).toEqual(
    Array.from({ length: 10 }, (_, n) => [`j${19 - n}`, 39 - n]),
  );
});

test('reasons above the limit are counted together', () => {
  const facts = Array.from({ length: REASONS + 7 }, (_, n) =>
    fact({ outcome: 'failed', reason: `reason ${String.fromCharCode(97 + n)}` }),
  );
  const { reasons } = fold(facts, createZone('UTC'));
  expect(reasons).toHaveLength(REASONS + 1);
  expect(reasons.at(-1)).toMatchObject({ reason: OTHER_REASONS, failed: 7 });
});

test.each([
  ['job 0193c2f0-7b1e-7000-8000-3f2a1c9d0e4b is gone', 'job ... is gone'],
  [
    'refused for ada.lovelace@example.com: 550 5.1.1 no such mailbox',
    'refused for ...@example.com: 550 5.1.1 no such mailbox',
  ],
  ['order 12345678 of 2026', 'order ... of 2026'],
  [
    'no mysql://ada:CANARY@db/x password=CANARY token: CANARY7',
    'no mysql://ada:...@db/x password=******** token: ********',
  ],
  ['first line\n\tsecond\u0000', 'first line second'],
  ['x '.repeat(300), `${'x '.repeat(98)}x...`],
])('the reason %j is grouped as %j', (message, plain) => expect(plainReason(message)).toBe(plain));

test('an event that ends no attempt is ignored, and a wait counts only with the first attempt', () => {
  const event = {
    event: 'job_started',
    jobId: 'a',
    jobType: 't',
    plugin: null,
    status: 'processing',
    attempt: 1,
    at: '2026-11-25T00:00:00.000Z',
  } as const;
  expect(factOf(event)).toBeNull();
  const failed = { ...event, event: 'job_failed', reason: 'timeout', wait: 7, duration: 30 } as const;
  expect(factOf(failed)).toMatchObject({ outcome: 'failed', reason: 'timeout', wait: 7, ran: 30 });
  expect(factOf({ ...failed, attempt: 2 })).toMatchObject({ wait: undefined, ran: 30 });
});
