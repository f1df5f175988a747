// The plugin in a whole instance: the jobs of the specification, other plugins, and refused data.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, type Figure } from '@phraseworks/sdk';
import { pluginContract } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { DAY, gateBehindOneBatch, OLD, put, ran, site, temporaryFolder, twoRoots } from '../test/kit.ts';
import { lock } from '../test/locked.ts';
import cleanup, { type CleanupItem } from './index.ts';

pluginContract(cleanup, { config: { roots: [] } });

test("the specification's jobs work unchanged: temp files, and old logs", async () => {
  const { folder, roots, left } = await twoRoots();
  await using jobs = await site({ roots });
  const young = jobs.clock.now() - DAY / 2;
  await put(folder, ['tmp/young.tmp', 'logs/young.log'], young);
  const temp = await ran(jobs, { action: 'temp_files' });
  expect(temp).toMatchObject({ status: 'completed', message: 'removed 3 items, 30 B freed' });
  expect(temp.result).toEqual({
    action: 'temp_files',
    dryRun: false,
    items: 3,
    bytes: 30,
    failed: [],
    failedItems: 0,
    durationMs: expect.any(Number),
  });
  expect(temp.summary).toBe('temp files older than 24 hours');
  expect(await left('tmp/a.tmp', 'tmp/deep/er/c.tmp', 'tmp/keep.txt', 'tmp/.hidden.tmp', 'tmp/young.tmp')).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
  const logs = await ran(jobs, { action: 'remove_old_logs', olderThan: '30 days' });
  expect(logs.result).toMatchObject({ items: 2, bytes: 20 });
  expect(await left('logs/site.log', 'logs/site.log.1', 'logs/notes.txt', 'logs/young.log')).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

test('a root keeps files younger than its own olderThan, whatever the job says', async () => {
  const { folder, roots, left } = await twoRoots();
  await using jobs = await site({ roots });
  await put(folder, ['logs/fresh.log'], jobs.clock.now() - 2 * DAY);
  await ran(jobs, { action: 'remove_old_logs', olderThan: '1 hour' });
  expect(await left('logs/fresh.log', 'logs/site.log')).toEqual([true, false]);
});

test('the log of an old job is removed, and the job stays', async () => {
  const worker = definePlugin({
    name: 'worker',
    init: (ctx) => void ctx.registerProcessor('task', async (_data, _id, _attempt, job) => job.log.info('a line')),
  });
  await using jobs = await site({ roots: [] }, { worker });
  const { id } = await jobs.addJob({ type: 'task', data: {} });
  await jobs.idle();
  expect((await ran(jobs, { action: 'remove_old_logs', olderThan: '1 second' })).result.items).toBe(0);
  await jobs.advance(3_600_000);
  const logs = await ran(jobs, { action: 'remove_old_logs', olderThan: '1 minute' });
  expect(logs.result.failed).toEqual([]);
  expect([await jobs.getJobLogs(id), (await jobs.getJobStatus(id))?.status]).toEqual([[], 'completed']);
});

test('another plugin adds to an action, and adds its own actions', async () => {
  const carts = new Map<string, CleanupItem>([['1', { id: '1', label: 'cart 1', bytes: 5, at: OLD }]]);
  const shop = definePlugin({
    name: 'shop',
    init(ctx) {
      for (const action of ['expired_data', 'shop/carts'])
        ctx.addFilter('cleanup:actions', (sources) => [
          ...sources,
          {
            name: `shop/${action}`,
            action,
            title: 'old carts',
            async *find({ before }) {
              for (const cart of carts.values()) if (cart.at < before) yield cart;
            },
            async remove(items) {
              for (const { id } of items) carts.delete(id);
              return [];
            },
          },
        ]);
      ctx.addFilter('cleanup:actions', (sources) => [...sources, { name: 'nothing' } as never]);
    },
  });
  await using jobs = await site({ roots: [] }, { shop });
  expect((await ran(jobs, { action: 'expired_data', dryRun: true })).result).toMatchObject({ items: 1, bytes: 5 });
  expect((await ran(jobs, { action: 'shop/carts' })).result).toMatchObject({ items: 1, bytes: 5 });
  expect(carts.size).toBe(0);
  expect((await ran(jobs, { action: 'shop/other' })).error).toMatch(/^UNKNOWN_ACTION: /);
  expect(jobs.log.some((line) => line.includes('ignoring an invalid source'))).toBe(true);
});

test('a failing source does not stop the others', async () => {
  const { roots } = await twoRoots();
  const bad = definePlugin({
    name: 'bad',
    init: (ctx) =>
      void ctx.addFilter('cleanup:actions', (sources) => [
        {
          name: 'bad/one',
          action: 'temp_files',
          title: 'a bad source',
          // biome-ignore lint/correctness/useYield: it fails before it finds anything
          async *find() {
            throw Object.assign(new Error('broken'), { code: 'EIO' });
          },
          remove: async () => [],
        },
        ...sources,
      ]),
  });
  await using jobs = await site({ roots }, { bad });
  const run = await ran(jobs, { action: 'temp_files' });
  expect(run.result).toMatchObject({ items: 3, failed: [{ item: 'a bad source', reason: 'EIO' }], failedItems: 1 });
});

test('a missing root has nothing to clean, and one that is too wide is refused', async () => {
  const folder = await temporaryFolder();
  const root = (path: string) => ({ path, kind: 'temp', patterns: ['nothing-has-this-name'] });
  await using jobs = await site({ roots: [root(join(folder, 'no')), root('/'), root('.'), root('/etc')] });
  const run = await ran(jobs, { action: 'temp_files' });
  expect(run).toMatchObject({ status: 'failed', error: expect.stringMatching(/^ROOT_TOO_WIDE: /) });
});

test('a cancelled job stops at once, and what it had removed is counted', async () => {
  const folder = await temporaryFolder();
  await put(
    folder,
    Array.from({ length: 60 }, (_, n) => `${n}.tmp`),
  );
  const { reached, plugin } = gateBehindOneBatch();
  await using jobs = await site({ roots: [{ path: folder, kind: 'temp' }], batch: 20 }, { gate: plugin });
  const { id } = await jobs.addJob({ type: 'cleanup', data: { action: 'temp_files' } });
  await reached;
  expect(await jobs.cancelJob(id)).toBe(true);
  const now = jobs.clock.now();
  const counted = async () => {
    const figures = await jobs.applyFilters('report:figures', [] as Figure[], { from: now - DAY, to: now + DAY });
    return figures.find(({ key }) => key === 'cleanup.items')?.value;
  };
  await expect.poll(counted).toBe(20);
  expect(await readdir(folder)).toHaveLength(40);
  expect((await jobs.getJobStatus(id))?.status).toBe('cancelled');
});

test('a file that cannot be removed is reported with its reason, and all others are removed', async ({ skip }) => {
  const { folder, roots, left } = await twoRoots();
  const locked = join(folder, 'tmp/deep/er/c.tmp');
  const reason = await lock(locked);
  if (reason === null) skip('no way to lock a file here: chattr +i does not work');
  await using jobs = await site({ roots });
  const run = await ran(jobs, { action: 'temp_files' });
  expect(run).toMatchObject({
    status: 'completed',
    message: 'removed 2 items, 20 B freed; 1 item could not be removed',
    result: { items: 2, failed: [{ item: locked, reason }], failedItems: 1 },
  });
  expect(await left('tmp/a.tmp', 'tmp/deep/er/c.tmp')).toEqual([false, true]);
  expect((await ran(jobs, { action: 'temp_files' })).error).toBe(
    `NOTHING_REMOVED: nothing could be removed: ${reason} (1)`,
  );
});
