// The log lines of old jobs are found, and exactly those are removed.
import type { OldLog } from '@phraseworks/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { OldLogs } from './old-logs.ts';

const DAY = 86_400_000;
const SELDOM = { sweepInterval: 600_000, leaseDuration: 3_600_000, pollInterval: 3_600_000, cleanupInterval: 90 * DAY };

let kit: CoreKit;
let logs: OldLogs;
beforeEach(async () => {
  kit = await openCore({ queue: SELDOM });
  logs = new OldLogs({ ledger: kit.core.ledger, clock: kit.clock });
  kit.register('fine', async (_data, _id, _attempt, job) => job.log.info('done, and well'));
  kit.register('silent', async () => {});
});
afterEach(() => kit.close());

async function found(before: number): Promise<OldLog[]> {
  const all: OldLog[] = [];
  for await (const log of logs.find({ before })) all.push(log);
  return all;
}

async function threeDone(): Promise<string[]> {
  await kit.core.startWorker();
  const ids: string[] = [];
  for (const type of ['fine', 'silent', 'fine']) {
    ids.push(await kit.add({ type, data: {} }));
    await kit.clock.advance(1_000);
  }
  await kit.idle();
  await kit.stop();
  return ids;
}

test('those of jobs that ended long ago are found oldest first with their size, and the jobs stay', async () => {
  const [first = '', , third = ''] = await threeDone();
  expect(await found(kit.clock.now() - DAY)).toEqual([]);
  await kit.clock.advance(2 * DAY);
  const old = await found(kit.clock.now() - DAY);
  expect(old.map(({ id, bytes, label }) => [id, bytes, label])).toEqual([
    [first, 14, 'fine, 1 lines'],
    [third, 14, 'fine, 1 lines'],
  ]);
  expect(await logs.remove(old)).toEqual([]);
  expect(await found(kit.clock.now())).toEqual([]);
  expect(await kit.core.reads.logs(first)).toEqual([]);
  expect(await kit.state(first)).toBe('completed');
});

test('those of a job that was retried or removed meanwhile stay, with the reason', async () => {
  const [first = '', , third = ''] = await threeDone();
  const old = await found(kit.clock.now() + 1);
  await kit.core.actions.retry(first, {});
  await kit.core.actions.remove(third);
  expect(await logs.remove(old)).toEqual([
    { id: first, reason: 'changed' },
    { id: third, reason: 'gone' },
  ]);
  expect(await kit.core.reads.logs(first)).toHaveLength(1);
});

test('an invalid time is refused, and an aborted search ends', async () => {
  await expect(found(Number.NaN)).rejects.toMatchObject({ code: 'INVALID_DATA' });
  await expect(logs.find({ before: 1, signal: AbortSignal.abort() }).next()).rejects.toThrow(/abort/);
});
