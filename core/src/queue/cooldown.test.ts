// Two processes with different plugins on one database: neither touches jobs that only the other can run.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { LaneCooldown } from './cooldown.ts';

let folder: string;
let mailer: CoreKit;
let shop: CoreKit;
beforeEach(async () => {
  folder = await temporaryFolder();
  mailer = await openCore({ path: join(folder, 'jobs.db'), queue: { maxConcurrentJobs: 1 } });
  mailer.register('mail', () => new Promise(() => {}), { concurrency: 1 }, 'mail');
  await mailer.core.startWorker();
  shop = await openCore({ path: join(folder, 'jobs.db') });
  shop.core.registry.setOwner('mail', 'mail');
  shop.register('order', async () => {}, {}, 'shop');
  await shop.core.startWorker();
});
afterEach(async () => {
  await shop.close();
  await mailer.close();
});

test('a process does not park jobs that another process can run', async () => {
  await mailer.add({ type: 'mail', data: 1 });
  const waits = await mailer.add({ type: 'mail', data: 2 });
  await mailer.idle();
  await shop.core.sweep();
  expect(await shop.row(waits)).toMatchObject({ state: 'ready', lane: 'mail/mail' });
});

test('a process parks them once that other process has been silent for longer than its lease', async () => {
  await mailer.add({ type: 'mail', data: 1 });
  const waits = await mailer.add({ type: 'mail', data: 2 });
  await mailer.idle();
  await shop.clock.advance(30_001);
  await shop.core.sweep();
  expect(await shop.row(waits)).toMatchObject({ state: 'parked', reason: 'no_processor' });
});

test('a job rescued by a process without its type returns to its own lane', async () => {
  const runs = await mailer.add({ type: 'mail', data: 1 });
  await mailer.idle();
  await shop.clock.advance(30_001);
  await shop.core.crashes.check();
  expect(await shop.row(runs)).toMatchObject({ lane: 'mail/mail', crashes: 1, node: mailer.core.identity.node });
});

test('a process leaves jobs of a newer version of their type to the process that has it', async () => {
  mailer.register('mail', () => new Promise(() => {}), { concurrency: 1, version: 2 }, 'mail');
  await mailer.clock.advance(1_000);
  await mailer.add({ type: 'mail', data: 1 });
  await mailer.idle();
  const older = await openCore({ path: join(folder, 'jobs.db') });
  older.register('mail', async () => {}, { concurrency: 1 }, 'mail');
  await older.core.startWorker();
  const waits = await mailer.add({ type: 'mail', data: 2 });
  await older.core.sweep();
  await older.idle();
  expect(await older.row(waits)).toMatchObject({ state: 'scheduled', run: 1, attempt: 0, reason: null });
  await older.close();
});

test('a job that no process can read yet is parked, and runs when a process with its version works', async () => {
  const versioned = (version?: number) => (version === undefined ? {} : { version });
  const open = async (version?: number): Promise<CoreKit> => {
    const kit = await openCore({ path: join(folder, 'jobs.db') });
    kit.register('letter', async () => {}, versioned(version), 'post');
    return kit;
  };
  const adding = await open(2);
  const id = await adding.add({ type: 'letter', data: 1 });
  await adding.close();
  const older = [await open(), await open()];
  for (const kit of older) await kit.core.startWorker();
  for (const kit of older) await kit.idle();
  expect(await older[0]?.row(id)).toMatchObject({ state: 'parked', reason: 'data_version', attempt: 0 });
  for (const kit of older) await kit.core.sweep();
  expect(await older[0]?.row(id)).toMatchObject({ state: 'parked' });
  const newer = await open(2);
  await newer.core.startWorker();
  for (const kit of older) await kit.close();
  await newer.core.sweep();
  await newer.idle();
  expect(await newer.row(id)).toMatchObject({ state: 'completed' });
  await newer.close();
});

test('a job claimed earlier that starts during a pause of its lane leaves a second of it at most, and makes the next one short again', async () => {
  const clock = new ManualClock();
  const opened: number[] = [];
  const start = clock.now();
  const cooldown = new LaneCooldown({
    peers: { canRun: async () => true },
    clock,
    onOpen: () => void opened.push(clock.now() - start),
  });
  const release = () => cooldown.parkOrRelease({ type: 'mail', lane: 'shared' }, 'no_processor');
  await release();
  await clock.advance(1_000);
  await release();
  cooldown.ran('shared');
  expect(cooldown.isOpen('shared')).toBe(false);
  await clock.advance(500);
  cooldown.ran('shared');
  await clock.advance(499);
  expect(cooldown.isOpen('shared')).toBe(false);
  await clock.advance(1);
  expect(cooldown.isOpen('shared')).toBe(true);
  expect(opened).toEqual([1_000, 2_000]);
  await release();
  await clock.advance(900);
  cooldown.ran('shared');
  await clock.advance(60_000);
  expect(opened).toEqual([1_000, 2_000, 3_000]);
});
