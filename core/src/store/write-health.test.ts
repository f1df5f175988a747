// A process knows when it can no longer store jobs: its file is gone or replaced, or the database does not answer.
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StorageState } from '@phraseworks/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { createJobs } from '../create-jobs.ts';
import { identify } from '../kernel/identity.ts';
import type { Dialect } from './dialect.ts';
import type { NodeStore } from './node-store.ts';
import { WriteHealth } from './write-health.ts';

async function site() {
  const path = join(await temporaryFolder(), 'jobs.db');
  const lines: string[] = [];
  const log = (...args: unknown[]) => void lines.push(args.map(String).join(' '));
  const open = () =>
    createJobs({
      database: `sqlite:${path}`,
      authorize: () => true,
      log: { debug: () => {}, info: log, warn: log, error: log },
    });
  const jobs = await open();
  onTestFinished(() => jobs.stop({ timeout: 0 }));
  jobs.registerProcessor('t', async () => ({ success: true }));
  await jobs.start();
  const ready = async () => {
    const answer = await jobs.routes.request('/ready');
    return { status: answer.status, ...((await answer.json()) as { reason?: string }) };
  };
  return { path, jobs, open, lines, ready };
}

const FILES = ['', '-wal', '-shm'];

async function afterTheFileWasDeleted(): Promise<void> {
  const { path, jobs, lines, ready } = await site();
  await jobs.addJob({ type: 't', data: {} });
  for (const end of FILES) rmSync(path + end, { force: true });
  await expect(jobs.addJob({ type: 't', data: {} })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('deleted or moved'),
  });
  expect(await ready()).toMatchObject({ status: 503, ready: false, reason: 'file_missing' });
  expect(lines.filter((line) => line.includes('deleted or moved'))).toHaveLength(1);
}

async function afterTheLogWasDeleted(): Promise<void> {
  const { path, jobs, ready } = await site();
  await jobs.addJob({ type: 't', data: {} });
  rmSync(`${path}-wal`);
  await expect(jobs.addJob({ type: 't', data: {} })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await ready()).toMatchObject({ status: 503, reason: 'file_replaced' });
}

// Beside each other: each addition waits five seconds for the database.
test('no job is acknowledged after its file or its write-ahead log was deleted', () =>
  Promise.all([afterTheFileWasDeleted(), afterTheLogWasDeleted()]));

test('an idle process notices within seconds by itself', async () => {
  const { path, jobs } = await site();
  const told = new Promise<StorageState>((resolve) => jobs.addAction('storage:unavailable', resolve));
  for (const end of FILES) rmSync(path + end, { force: true });
  expect(await told).toMatchObject({ writable: false, reason: 'file_missing' });
});

test('a file that was replaced accepts no jobs, and the other process works on the new one', async () => {
  const { path, jobs, open, ready } = await site();
  for (const end of FILES) rmSync(path + end, { force: true });
  const other = await open();
  onTestFinished(() => other.stop({ timeout: 0 }));
  await expect(jobs.addJob({ type: 't', data: {} })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await ready()).toMatchObject({ status: 503, reason: 'file_replaced' });
  expect(await other.addJob({ type: 't', data: {} })).toMatchObject({ status: expect.any(String) });
});

test('work continues by itself when the file is back, and the log says how long it was away', async () => {
  const { path, jobs, lines, ready } = await site();
  const back = new Promise<{ lasted: number }>((resolve) => jobs.addAction('storage:available', resolve));
  renameSync(path, `${path}.away`);
  expect(await ready()).toMatchObject({ status: 503, reason: 'file_missing' });
  renameSync(`${path}.away`, path);
  expect((await back).lasted).toBeGreaterThanOrEqual(0);
  const { id } = await jobs.addJob({ type: 't', data: {} });
  expect(await jobs.getJobStatus(id)).not.toBeNull();
  expect(await ready()).toMatchObject({ status: 200, ready: true });
  expect(lines.filter((line) => /can be stored again. They could not for \d+ s/.test(line))).toHaveLength(1);
});

test('a database that does not answer is noticed within three seconds, and checked until it does', async () => {
  const clock = new ManualClock();
  let answer: (() => void) | undefined;
  let writes = 0;
  const states: (StorageState & { lasted: number })[] = [];
  const watch = new WriteHealth({
    dialect: { storageReason: () => 'no_answer' } as unknown as Dialect,
    identity: identify('test'),
    nodes: {
      touch: () => {
        writes += 1;
        return new Promise<void>((resolve) => (answer = resolve));
      },
    } as unknown as NodeStore,
    clock,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  watch.changed.on(({ state, lasted }) => states.push({ ...state, lasted }));
  watch.start();
  await clock.advance(10_000);
  expect(writes).toBe(0);
  const asked = watch.now();
  await clock.advance(3_000);
  expect(await asked).toMatchObject({ writable: false, reason: 'no_answer' });
  await clock.advance(61_000);
  // Writes without an answer do not pile up.
  expect(writes).toBe(1);
  answer?.();
  await clock.advance(1_000);
  expect(states.map(({ writable }) => writable)).toEqual([false, true]);
  expect(states[1]?.lasted).toBeGreaterThanOrEqual(60_000);
  watch.stop();
});
