// A hundred thousand files, links out of the root and one file that cannot go: previewed, then run exactly, while the site has its turn.
import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { isThere, OLD, put, ran, site, temporaryFolder } from '../test/kit.ts';
import { lock } from '../test/locked.ts';

const FOLDERS = 100;
const EACH = 1_000;
const ALL = FOLDERS * EACH;
const SECONDS = 120_000;

async function bigTree(): Promise<string> {
  const folder = await temporaryFolder();
  await put(folder, ['outside/secret.tmp']);
  for (let f = 0; f < FOLDERS; f += 1) {
    const place = join(folder, 'root', `f${f}`);
    await mkdir(place, { recursive: true });
    for (let from = 0; from < EACH; from += 100)
      await Promise.all(
        Array.from({ length: 100 }, async (_, n) => {
          const file = join(place, `${from + n}.tmp`);
          await writeFile(file, 'small');
          await utimes(file, OLD / 1_000, OLD / 1_000);
        }),
      );
    await symlink('../../outside', join(place, 'out'));
    await symlink('../../outside/secret.tmp', join(place, 'secret.tmp'));
  }
  return folder;
}

const ms = (nanoseconds: number): number => Math.round(nanoseconds / 100_000) / 10;

test('100,000 files are previewed and removed, the locked one is named, links stay, and the event loop is free', {
  timeout: SECONDS * 2,
}, async ({ skip }) => {
  const folder = await bigTree();
  const root = join(folder, 'root');
  const locked = join(root, 'f42/42.tmp');
  const reason = await lock(locked);
  if (reason === null) skip('no way to lock a file here: chattr +i does not work');
  await using jobs = await site({ roots: [{ path: root, kind: 'temp', patterns: ['**/*.tmp'] }] });
  const data = { action: 'temp_files' };
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const measured = async (more: object) => {
    delay.reset();
    delay.enable();
    const begun = performance.now();
    const job = await ran(jobs, { ...data, ...more }, SECONDS);
    delay.disable();
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    console.log(
      `${job.message}: ${seconds} s, event loop p99 ${ms(delay.percentile(99))} ms, longest ${ms(delay.max)} ms`,
    );
    expect(ms(delay.percentile(99))).toBeLessThan(100);
    return job;
  };
  const dry = await measured({ dryRun: true });
  expect(dry.result).toMatchObject({ items: ALL, bytes: ALL * 5, failedItems: 0, list: dry.id });
  expect(dry.result.first).toHaveLength(100);
  await put(root, ['f1/later.tmp']);
  const run = await measured({ list: dry.id });
  expect(run.result).toMatchObject({ items: ALL - 1, failed: [{ item: locked, reason }], failedItems: 1 });
  expect(await isThere(join(root, 'f1/later.tmp'))).toBe(true);
  expect((await readdir(join(root, 'f42'))).sort()).toEqual(['42.tmp', 'out', 'secret.tmp']);
  expect(await isThere(join(folder, 'outside/secret.tmp'))).toBe(true);
});

test('100,000 files are removed without a preview', { timeout: SECONDS * 2 }, async () => {
  const folder = await bigTree();
  await using jobs = await site({ roots: [{ path: join(folder, 'root'), kind: 'temp', patterns: ['**/*.tmp'] }] });
  const begun = performance.now();
  const run = await ran(jobs, { action: 'temp_files' }, SECONDS);
  console.log(`${run.message}: ${Math.round((performance.now() - begun) / 100) / 10} s`);
  expect(run.result).toMatchObject({ items: ALL, bytes: ALL * 5, failedItems: 0 });
  expect(await isThere(join(folder, 'outside/secret.tmp'))).toBe(true);
});
