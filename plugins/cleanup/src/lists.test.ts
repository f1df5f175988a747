// Dry runs and their lists: exactly the listed files are removed, once, while the list is kept; over HTTP and in the panel.
import { appendFile, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { DAY, gateBehindOneBatch, isThere, put, ran, site, twoRoots } from '../test/kit.ts';
import cleanup from './index.ts';

test('a dry run removes nothing, and running its list removes exactly that: nothing newer or changed', async () => {
  const { folder, roots, left } = await twoRoots();
  await using jobs = await site({ roots });
  const dry = await ran(jobs, { action: 'temp_files', dryRun: true });
  expect(dry).toMatchObject({ status: 'completed', message: 'would remove 3 items, 30 B' });
  expect(dry.result).toMatchObject({ dryRun: true, items: 3, bytes: 30, list: dry.id });
  expect(dry.result.first?.map(({ item }) => item).sort()).toEqual(
    ['a.tmp', 'deep/b.tmp', 'deep/er/c.tmp'].map((path) => join(folder, 'tmp', path)),
  );
  expect(await left('tmp/a.tmp', 'tmp/deep/b.tmp', 'tmp/deep/er/c.tmp')).toEqual([true, true, true]);

  await put(folder, ['tmp/later.tmp']);
  await appendFile(join(folder, 'tmp/a.tmp'), 'more');
  await put(folder, ['other']);
  await rename(join(folder, 'other'), join(folder, 'tmp/deep/b.tmp'));
  const run = await ran(jobs, { action: 'temp_files', list: dry.id });
  expect(run.result).toMatchObject({ dryRun: false, items: 1, bytes: 10, failedItems: 2, list: dry.id });
  expect(run.result.failed.map(({ reason }) => reason)).toEqual(['changed', 'changed']);
  expect(await left('tmp/a.tmp', 'tmp/deep/b.tmp', 'tmp/deep/er/c.tmp', 'tmp/later.tmp')).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect(await ran(jobs, { action: 'temp_files', list: dry.id })).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(/^LIST_USED: /),
  });
});

test('a list can be run only for its own action, and only while it is kept', async () => {
  const { roots } = await twoRoots();
  await using jobs = await site({ roots, keepLists: 1 }, {}, { sweepInterval: 3_600_000 });
  const dry = await ran(jobs, { action: 'temp_files', dryRun: true });
  const other = await ran(jobs, { action: 'remove_old_logs', list: dry.id });
  expect(other.error).toMatch(/^LIST_OF_OTHER_ACTION: /);
  await jobs.advance(DAY + 1_000);
  expect((await ran(jobs, { action: 'temp_files', list: dry.id })).error).toMatch(/^LIST_NOT_FOUND: /);
  const expired = await ran(jobs, { action: 'expired_data' });
  expect(expired.result).toMatchObject({ items: 1, failedItems: 0 });
  expect((await jobs.request(`/plugins/cleanup/lists/${dry.id}`)).status).toBe(404);
});

test('a job that could not remove anything fails with the reason', async () => {
  const { folder, roots } = await twoRoots();
  await using jobs = await site({ roots });
  const dry = await ran(jobs, { action: 'temp_files', dryRun: true });
  for (const path of ['a.tmp', 'deep/b.tmp', 'deep/er/c.tmp']) await writeFile(join(folder, 'tmp', path), 'new');
  expect(await ran(jobs, { action: 'temp_files', list: dry.id })).toMatchObject({
    status: 'failed',
    error: 'NOTHING_REMOVED: nothing could be removed: changed (3)',
  });
});

test('a folder replaced by a link is not entered, by a run or by a list', async () => {
  const { folder, roots, left } = await twoRoots();
  await put(folder, ['precious/b.tmp', 'precious/er/c.tmp']);
  await using jobs = await site({ roots });
  const dry = await ran(jobs, { action: 'temp_files', dryRun: true });
  await rename(join(folder, 'tmp/deep'), join(folder, 'moved'));
  await symlink(join(folder, 'precious'), join(folder, 'tmp/deep'));
  const run = await ran(jobs, { action: 'temp_files', list: dry.id });
  expect(run.result).toMatchObject({ items: 1, failedItems: 2 });
  await ran(jobs, { action: 'temp_files' });
  expect(await left('precious/b.tmp', 'precious/er/c.tmp', 'tmp/deep', 'tmp/a.tmp')).toEqual([true, true, true, false]);
});

test('a root that is no longer configured keeps its files, even if a list names them', async () => {
  const { folder, roots, left } = await twoRoots();
  const open = (roots: object[]) =>
    createTestJobs({
      database: `sqlite:${join(folder, 'jobs.db')}`,
      plugins: { cleanup: { use: cleanup, config: { roots } } },
    });
  let list = '';
  {
    await using jobs = await open(roots);
    list = (await ran(jobs, { action: 'temp_files', dryRun: true })).id;
  }
  await using jobs = await open(roots.slice(1));
  expect((await ran(jobs, { action: 'temp_files', list })).error).toContain('SOURCE_GONE (3)');
  expect(await left('tmp/a.tmp')).toEqual([true]);
});

test('the list can be viewed, downloaded and run from the panel, and its metrics appear in reports', async () => {
  const { folder, roots } = await twoRoots();
  await using jobs = await site({ roots });
  const from = jobs.clock.now() - DAY;
  await jobs.request('/plugins/cleanup/preview/temp_files', { method: 'POST' });
  await jobs.idle();
  const panel = async () =>
    ((await (await jobs.request('/api/panels/cleanup/cleanup')).json()) as { blocks: Record<string, string>[] }).blocks;
  const button = (await panel()).find(({ label }) => label === 'Remove exactly these 3 (temp files)');
  expect(button?.confirm).toContain('Remove these 3 items (30 B)?');
  const { lists } = (await (await jobs.request('/plugins/cleanup/lists')).json()) as { lists: { id: string }[] };
  const id = lists[0]?.id ?? '';
  const file = await jobs.request(`/plugins/cleanup/lists/${id}/items`);
  expect(file.headers.get('content-disposition')).toContain('attachment');
  const lines = (await file.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { item: string });
  expect(lines.map(({ item }) => item)).toContain(join(folder, 'tmp/a.tmp'));

  expect((await jobs.request(`/plugins/cleanup${button?.post}`, { method: 'POST' })).status).toBe(202);
  await jobs.idle();
  expect(await isThere(join(folder, 'tmp/a.tmp'))).toBe(false);
  expect((await jobs.request(`/plugins/cleanup${button?.post}`, { method: 'POST' })).status).toBe(409);
  expect(await (await jobs.request(`/plugins/cleanup/lists/${id}`)).json()).toMatchObject({
    state: 'done',
    first: [{ outcome: 'removed' }, { outcome: 'removed' }, { outcome: 'removed' }],
  });
  const figures = await jobs.applyFilters('report:figures', [] as Figure[], { from, to: from + 2 * DAY });
  expect(figures.map(({ key, value, days }) => [key, value, days])).toEqual([
    ['cleanup.items', 3, [0, 3]],
    ['cleanup.bytes', 30, [0, 30]],
    ['cleanup.failed', 0, [0, 0]],
  ]);
  expect((await jobs.request(`/plugins/cleanup/lists/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await jobs.request('/plugins/cleanup/lists', { as: 'user' })).status).toBe(403);
});

test('a stopped run of a list continues where it stopped, and counts both parts', async () => {
  const { folder, roots } = await twoRoots();
  await put(
    folder,
    Array.from({ length: 50 }, (_, n) => `tmp/more/${n}.tmp`),
  );
  const { gate, reached, plugin } = gateBehindOneBatch();
  await using jobs = await site({ roots, batch: 10 }, { gate: plugin });
  const dry = await ran(jobs, { action: 'temp_files', dryRun: true });
  expect(dry.result.items).toBe(53);
  const { id } = await jobs.addJob({ type: 'cleanup', data: { action: 'temp_files', list: dry.id } });
  await reached;
  await jobs.cancelJob(id);
  gate.isOpen = true;
  // Refused while the stopped attempt is still ending.
  await expect.poll(() => jobs.retryJob(id).then(Boolean, () => false)).toBe(true);
  await jobs.idle();
  const job = await jobs.getJobStatus(id);
  expect(job).toMatchObject({ status: 'completed', result: { items: 53, bytes: 530, failedItems: 0 } });
  expect(await readdir(join(folder, 'tmp/more'))).toEqual([]);
});

test('a repeated dry run replaces its list', async () => {
  const { folder, roots } = await twoRoots();
  await using jobs = await site({ roots });
  const { id } = await ran(jobs, { action: 'temp_files', dryRun: true });
  await put(folder, ['tmp/later.tmp']);
  await jobs.retryJob(id);
  await jobs.idle();
  const list = await (await jobs.request(`/plugins/cleanup/lists/${id}`)).json();
  expect(list).toMatchObject({ state: 'ready', items: 4, first: [{}, {}, {}, {}] });
});
