// What a processor gets while it runs: signal, log and progress.

import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import type { ClaimedJob } from '../job/record.ts';
import { createLogger } from '../kernel/logger.ts';
import type { ProgressWrite } from '../store/job-writes.ts';
import { Attempt, type AttemptDeps } from './attempt.ts';

const claimed = { id: 'j', type: 't', plugin: null, attempt: 2, run: 3, timeout: 1_000 } as ClaimedJob;
/** Only used by once(), transaction() and their like, which these tests do not call. */
const unused = {} as Pick<AttemptDeps, 'steps'>;

function begin() {
  const clock = new ManualClock();
  const writes: ProgressWrite[] = [];
  const write = async (one: ProgressWrite) => void writes.push(one);
  const attempt = new Attempt(claimed, { node: 'n', clock, log: createLogger('silent'), write, ...unused });
  return { attempt, clock, writes };
}

describe('progress', () => {
  test('is written at most ten times for 100,000 reports in two seconds, and the last report is kept', async () => {
    const { attempt, clock, writes } = begin();
    for (let i = 1; i <= 100; i += 1) {
      for (let j = 1; j <= 1_000; j += 1) await attempt.progress({ percentage: i, processed: i * 1_000 + j });
      await clock.advance(20, async () => {});
    }
    expect(writes.length).toBeLessThanOrEqual(10);
    expect(writes.length).toBeGreaterThan(5);
    expect(JSON.parse(attempt.finish().progress ?? '')).toEqual({ percentage: 100, processed: 101_000 });
  });
});

describe('the log', () => {
  test('keeps 500 lines and says that more were dropped', () => {
    const { attempt } = begin();
    for (let i = 1; i <= 10_000; i += 1) attempt.log.info('line %d', i);
    const { logs } = attempt.finish();
    expect(logs).toHaveLength(501);
    expect([logs[0]?.message, logs[499]?.message, logs[500]?.message]).toEqual([
      'line 1',
      'line 500',
      'Log limit reached; further lines are dropped.',
    ]);
    expect(logs.map((line) => line.line)).toEqual(Array.from({ length: 501 }, (_, i) => i + 1));
  });

  test('cuts a line at 2,000 characters and removes line breaks and colours', () => {
    const { attempt, clock } = begin();
    attempt.log.error('x'.repeat(5_000));
    attempt.log.debug('a\n\u001b[31mb', { c: 1 });
    expect(attempt.finish().logs).toMatchObject([
      { message: 'x'.repeat(2_000), level: 'error', jobId: 'j', run: 3, attempt: 2, at: clock.now() },
      { message: 'a [31mb { c: 1 }', level: 'debug' },
    ]);
  });
});
