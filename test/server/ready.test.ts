// Nothing can be stored: /ready says so with the reason, no answer hangs, and all of it recovers by itself.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { findServer, NO_SERVER } from './binaries.ts';
import { skipWhere } from './missing.ts';
import { serverOfTest } from './rig.ts';
import { type Site, siteOfTest } from './site.ts';

vi.setConfig({ testTimeout: 120_000 });

const ask = async ({ jobs }: Site, path: string) => {
  const answer = await jobs.routes.request(path);
  return { status: answer.status, text: await answer.text() };
};

const becomes = (site: Site, status: number) =>
  expect.poll(async () => (await ask(site, '/ready')).status, { timeout: 60_000, interval: 200 }).toBe(status);

test('a full disk under SQLite', async (context) => {
  const disk = join(await temporaryFolder(), 'disk');
  mkdirSync(disk);
  const made = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8M', 'tmpfs', disk]).status === 0;
  skipWhere(!made, 'no right to mount a small disk: this test needs root', context);
  onTestFinished(() => void spawnSync('umount', ['-l', disk]));
  const site = await siteOfTest(`sqlite:${join(disk, 'jobs.db')}`, { authorize: () => true });
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(bavail * bsize));
  // The write-ahead log has its own space, which is used up first.
  let refused = false;
  while (!refused) {
    await site.jobs.addJob({ type: 't', data: 'x'.repeat(200_000) }).catch(({ code }) => {
      expect(code).toBe('UNAVAILABLE');
      refused = true;
    });
  }
  expect(await ask(site, '/ready')).toMatchObject({ status: 503, text: expect.stringContaining('"disk_full"') });
  rmSync(join(disk, 'ballast'));
  await becomes(site, 200);
  await site.jobs.addJob({ type: 't', data: {} });
});

async function afterSignal(signal: 'SIGSTOP' | 'SIGKILL'): Promise<void> {
  const server = await serverOfTest();
  const site = await siteOfTest(server.url, { authorize: () => true });
  expect((await ask(site, '/ready')).status).toBe(200);
  await server.kill(signal);
  // What was stored a moment ago answers for two seconds.
  await becomes(site, 503);
  expect(await ask(site, '/ready')).toMatchObject({ status: 503, text: expect.stringContaining('"no_answer"') });
  expect((await ask(site, '/api/jobs')).status).toBe(503);
  if (signal === 'SIGSTOP') await server.kill('SIGCONT');
  else await server.restart();
  await becomes(site, 200);
}

// Beside each other: both mostly wait.
test('a database server that is frozen, and one that is killed', () =>
  Promise.all((['SIGSTOP', 'SIGKILL'] as const).map(afterSignal)));

beforeEach((context) =>
  skipWhere(!context.task.name.startsWith('a full disk') && findServer() === undefined, NO_SERVER, context),
);
