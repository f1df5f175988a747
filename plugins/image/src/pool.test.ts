// Pictures in processes of their own: the host's sharp is left alone, and whatever ends there ends one job.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Progress } from '@phraseworks/sdk';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { manualClock, realClock } from '../test/kit.ts';
import { isGone, pictureProcesses } from '../test/processes.ts';
import { ImageConfig } from './config.ts';
import type { ImageJobData } from './data.ts';
import { poolOf } from './pool.ts';

const FLAGS = ['--import', 'tsx', '--conditions=@phraseworks/source'];
const HOST = fileURLToPath(new URL('../test/host.ts', import.meta.url));
const AVIF: ImageJobData['operations'] = [{ type: 'format', format: 'avif' }];
const small = sharp({ create: { width: 40, height: 30, channels: 3, background: '#c04020' } })
  .png()
  .toBuffer();
/** Takes seconds as AVIF. */
const large = sharp({
  create: {
    width: 3_000,
    height: 3_000,
    channels: 3,
    background: '#888',
    noise: { type: 'gaussian', mean: 128, sigma: 30 },
  },
})
  .jpeg()
  .toBuffer();

function poolOfTest(config = {}, clock = realClock) {
  const pool = poolOf(ImageConfig.parse(config), clock);
  onTestFinished(() => pool.close());
  const make = async (
    source: Promise<Buffer>,
    told: (progress: Progress) => unknown = () => {},
    signal?: AbortSignal,
  ) => {
    const task = { jobId: 'job-1', data: { source: 'x', operations: AVIF }, source: await source };
    const host = {
      signal: signal ?? new AbortController().signal,
      progress: async (progress: Progress) => void (await told(progress)),
      readMark: async () => Buffer.alloc(0),
    };
    return (await pool.render(task, host)).files.map(({ width, height, format }) => `${width}x${height} ${format}`);
  };
  return { pool, make };
}

/** Calls `act` with the process of the job as soon as a file is being written. */
const whenWriting =
  (act: (pid: number) => void) =>
  async ({ message }: Progress) => {
    if (!message?.startsWith('writing')) return;
    const [pid = 0] = await pictureProcesses();
    act(pid);
  };

test("after a job, the host's own sharp still reads SVG and TIFF", async () => {
  const { make } = poolOfTest();
  expect(await make(small)).toEqual(['40x30 avif']);
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="12" height="8"/>');
  expect(await sharp(svg).metadata()).toMatchObject({ format: 'svg', width: 12, height: 8 });
  const tiff = await sharp(await small)
    .tiff()
    .toBuffer();
  expect(await sharp(tiff).metadata()).toMatchObject({ format: 'tiff', width: 40, height: 30 });
});

test('successive jobs share one process, which ends after a minute of idling', async () => {
  const clock = manualClock();
  const { make } = poolOfTest({}, clock);
  await make(small);
  const first = await pictureProcesses();
  await make(small);
  expect([first.length, await pictureProcesses()]).toEqual([1, first]);
  clock.advance(60_000);
  await expect.poll(() => pictureProcesses()).toEqual([]);
  expect(await make(small)).toEqual(['40x30 avif']);
});

test('an aborted job ends at once with the reason, and its process with it', async () => {
  const { make } = poolOfTest();
  const abort = new AbortController();
  let pid = 0;
  const cancel = whenWriting((found) => {
    pid = found;
    abort.abort(new Error('cancelled by a person'));
  });
  await expect(make(large, cancel, abort.signal)).rejects.toThrow('cancelled by a person');
  await expect.poll(() => isGone(pid)).toBe(true);
});

test('a killed process fails only its job, with a code that is retried', async () => {
  const { make } = poolOfTest({ cores: 2 });
  let other: Promise<string[]> | undefined;
  const killed = make(
    large,
    whenWriting((pid) => {
      other = make(small);
      process.kill(pid, 'SIGSEGV');
    }),
  );
  await expect(killed).rejects.toMatchObject({
    code: 'PROCESS_ENDED',
    retryable: true,
    message: 'the process that worked on the picture ended before it was done (SIGSEGV)',
  });
  expect([await other, await make(small)]).toEqual([['40x30 avif'], ['40x30 avif']]);
});

test('a process continues when a terminal or a supervisor signals all processes to stop', async () => {
  const { make } = poolOfTest();
  const signals = whenWriting((pid) => {
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
  });
  expect(await make(small, signals)).toEqual(['40x30 avif']);
});

test('a warm process does not keep its host from exiting', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, HOST, 'once']);
  expect(stdout).toBe('made\n');
});

test('a killed host leaves no process behind', async () => {
  const host = spawn(process.execPath, [...FLAGS, HOST, 'busy'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(host, 'exit');
  await once(createInterface(host.stdout), 'line');
  const [pid = 0] = await pictureProcesses(host.pid);
  expect(pid).toBeGreaterThan(0);
  host.kill('SIGKILL');
  await ended;
  await expect.poll(() => isGone(pid)).toBe(true);
});
