// A worker whose database is unavailable: outcomes are kept until they are stored, and claiming resumes by itself.
import { JobsError } from '@phraseworks/sdk';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
let away: boolean;
/** Called after each commit, before its result is returned. */
let committed: () => void;
beforeEach(async () => {
  away = false;
  committed = () => {};
  kit = await openCore({
    queue: { maxConcurrentJobs: 20 },
    wrap: (dialect) => ({
      ...dialect,
      transaction: async (work) => {
        if (away) throw new JobsError('UNAVAILABLE', 'The database is not available.');
        const answer = await dialect.transaction(work);
        committed();
        return answer;
      },
    }),
  });
});
afterEach(async () => {
  away = false;
  await kit.close();
});

test('many outcomes can wait to be stored, and many listeners for a signal, without a warning from Node', async () => {
  const warnings: string[] = [];
  const heard = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', heard);
  onTestFinished(() => void process.off('warning', heard));
  const finish: (() => void)[] = [];
  kit.register('t', async (_data, _id, _attempt, { signal }) => {
    for (let i = 0; i < 20; i += 1) signal.addEventListener('abort', () => {});
    await new Promise<void>((resolve) => finish.push(resolve));
  });
  await kit.core.startWorker();
  const ids = await Promise.all(Array.from({ length: 20 }, () => kit.add({ type: 't', data: {} })));
  await kit.idle();
  away = true;
  for (const one of finish) one();
  await kit.clock.advance(1_000);
  expect(kit.logged.filter((line) => line.includes('cannot be stored now')).length).toBeGreaterThan(20);
  away = false;
  await kit.clock.advance(5_000);
  await kit.idle();
  expect(new Set(await Promise.all(ids.map((id) => kit.state(id))))).toEqual(new Set(['completed']));
  expect(warnings).toEqual([]);
});

test('jobs are claimed once the database is back, without another trigger', async () => {
  kit.register('t', async () => {});
  const id = await kit.add({ type: 't', data: {} });
  away = true;
  await kit.core.worker.start();
  await kit.idle();
  expect(kit.logged.some((line) => line.includes('Cannot claim jobs'))).toBe(true);
  away = false;
  await kit.clock.advance(1_000);
  await kit.idle();
  expect(await kit.state(id)).toBe('completed');
});

test('a stop ends even without the database, and the lease expires on its own', async () => {
  kit.register('t', async (_data, _id, _attempt, job) => {
    await new Promise<void>((resolve) => job.signal.addEventListener('abort', () => resolve()));
    throw job.signal.reason;
  });
  await kit.core.startWorker();
  const id = await kit.add({ type: 't', data: {} });
  await kit.idle();
  away = true;
  const stopped = kit.core.stopWorker(1_000);
  await kit.clock.advance(10_000);
  await stopped;
  expect(await kit.state(id)).toBe('processing');
});

test('a job claimed as the worker begins to stop does not start, and is released by the end of the stop', async () => {
  let ran = 0;
  kit.register('t', async () => {
    ran += 1;
  });
  await kit.core.startWorker();
  // The start has written, too.
  await kit.idle();
  let stopped: Promise<void> | undefined;
  committed = () => {
    stopped ??= kit.core.stopWorker(5_000);
  };
  const id = await kit.add({ type: 't', data: {} });
  await stopped;
  expect([ran, await kit.row(id)]).toMatchObject([0, { state: 'ready', attempt: 0, run: 1, lease_until: null }]);
});
