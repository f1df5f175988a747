// The disk of the server is full: callers get an error, nothing acknowledged is lost, and work continues once there is room.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JobsError } from '@phraseworks/sdk';
import { beforeEach, expect, onTestFinished, type TestContext, test, vi } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { findServer, NO_SERVER } from './binaries.ts';
import { loadOn } from './load.ts';
import { skipWhere } from './missing.ts';
import { serverOfTest } from './rig.ts';
import { askDirectly, siteOfTest } from './site.ts';

vi.setConfig({ testTimeout: 180_000 });

const MEGABYTE = 1_048_576;

beforeEach((context) => skipWhere(findServer() === undefined, NO_SERVER, context));

/** A separate small disk. Skips the test if none can be made. */
async function smallDisk(megabytes: number, context: TestContext): Promise<string> {
  const folder = await temporaryFolder();
  const [image, disk] = [join(folder, 'image'), join(folder, 'disk')];
  const run = (...[program = '', ...args]: string[]) => spawnSync(program, args).status === 0;
  mkdirSync(disk);
  const made =
    run('truncate', '-s', `${megabytes}M`, image) &&
    run('mkfs.ext4', '-q', '-F', '-m', '0', image) &&
    run('mount', '-o', 'loop', image, disk);
  skipWhere(!made, 'no right to mount a small disk: this test needs root and loop devices', context);
  onTestFinished(() => void run('umount', '-l', disk));
  return disk;
}

test('a full disk refuses jobs and keeps acknowledged ones, and adding works again once there is room', async (context) => {
  const disk = await smallDisk(300, context);
  const server = await serverOfTest({ data: join(disk, 'data') });
  const site = await siteOfTest(server.url);
  site.jobs.registerProcessor('large', async () => ({ success: true }));
  const ballast = join(disk, 'ballast');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - 20 * MEGABYTE));
  const acknowledged: string[] = [];
  let refused: unknown;
  while (refused === undefined) {
    try {
      acknowledged.push((await site.jobs.addJob({ type: 'large', data: 'x'.repeat(200_000) })).id);
    } catch (error) {
      refused = error;
    }
  }
  expect(refused).toBeInstanceOf(JobsError);
  expect((refused as JobsError).code).toBe('UNAVAILABLE');
  expect((refused as JobsError).message).toMatch(/full|lost|nothing answers/);
  rmSync(ballast);
  // It may have ended itself: then somebody, or systemd, starts it again.
  await server.restart();
  const load = loadOn(site);
  await load.heals(server.port);
  const ask = await askDirectly(server.port);
  const there = new Set((await ask("select id from pwj_jobs where state = 'completed'")).map(({ id }) => id as string));
  expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
});
