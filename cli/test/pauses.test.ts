// Pausing on the command line, and the log of it, next to a running site.
import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJobs, type JobsHost } from '@phraseworks/jobs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { commandLine } from './command-line.ts';

// Every command starts a process, while other tests run.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let database: string;
let site: JobsHost;
let ran: unknown[];
/** Replaces the plugin metrics, and writes its counts into a file. */
const FIGURES = fileURLToPath(new URL('figures-plugin.ts', import.meta.url));
const run = (...args: string[]) => commandLine(folder, [...args, '--database', database]);

beforeEach(async () => {
  folder = await temporaryFolder();
  database = `sqlite:${join(folder, 'jobs.db')}`;
  ran = [];
  site = await createJobs({ database, logLevel: 'silent', authorize: () => true });
  site.registerProcessor('letter', async ({ n }: { n: number }) => void ran.push(n));
  await site.scheduleJob({ name: 'daily', schedule: '0 9 * * *', jobData: { type: 'letter', data: { n: 9 } } });
  await site.start();
});
afterEach(() => site.stop({ timeout: 0 }));

test('a paused type waits in the running site, until it is resumed', async () => {
  const paused = await run('pause', 'type', 'letter');
  expect(paused).toMatchObject({ code: 0, out: ['Paused the type letter: 0 jobs waiting'] });
  await vi.waitFor(() => expect(site.types().find(({ type }) => type === 'letter')?.reason).toBe('paused'), 30_000);
  const job = await site.addJob({ type: 'letter', data: { n: 1 } });
  expect((await site.why(job.id))?.why).toMatch(
    new RegExp(`^Parked: its type "letter" is paused by cli:${userInfo().username} since 20`),
  );
  expect((await run('why', job.id)).out.join('\n')).toContain('its type "letter" is paused by cli:');
  expect((await run('pauses', '--json')).out.map((line) => JSON.parse(line))).toMatchObject([
    { pauses: [{ kind: 'type', name: 'letter', jobs: 1 }] },
  ]);
  expect((await run('pauses')).out[1]).toMatch(/^type {2}letter /);
  expect(await run('resume', 'type', 'letter')).toMatchObject({ code: 0, out: ['Resumed the type letter'] });
  await vi.waitFor(() => expect(ran).toEqual([1]), 30_000);
  expect((await run('pauses')).out).toEqual(['Nothing is paused.']);
});

test('a pause may have an end and a reason', async () => {
  const paused = await run('pause', 'type', 'letter', '--for', '2h', '--reason', 'The office is closed');
  expect(paused).toMatchObject({ code: 0, out: expect.arrayContaining([expect.stringMatching(/^Resumes in /)]) });
  const [pause] = await site.pauses.list();
  expect(pause?.reason).toBe('The office is closed');
  expect(Date.parse(pause?.until ?? '') - Date.parse(pause?.since ?? '')).toBe(7_200_000);
  expect((await run('pauses')).out[1]).toMatch(/ago +in .* The office is closed$/);
  expect(await run('pause', 'type', 'letter', '--for', '400d')).toMatchObject({ code: 2 });
});

test('an error is one line, and nothing is paused', async () => {
  expect(await run('pause', 'typ', 'letter')).toMatchObject({
    code: 2,
    err: expect.stringContaining('did you mean type'),
  });
  expect(await run('pause', 'type', 'lettre')).toMatchObject({
    ...{ code: 1, out: [] },
    err: expect.stringContaining('did you mean letter'),
  });
  expect(await run('resume', 'type', 'letter')).toMatchObject({ code: 1, err: expect.stringContaining('not paused') });
  expect(await site.pauses.list()).toEqual([]);
});

test('actions of the command line are in the log, with their user', async () => {
  const { id } = await site.addJob({ type: 'letter', data: { n: 1 }, delay: 60_000 });
  await run('cancel', id);
  await run('pause', 'type', 'letter');
  await run('schedules', 'pause', 'daily');
  const answer = await site.routes.request('/api/log');
  const { entries } = (await answer.json()) as { entries: Record<string, unknown>[] };
  const user = `cli:${userInfo().username}`;
  expect(entries.reverse()).toMatchObject([
    { user, action: 'cancelJob', target: id },
    { user, action: 'pause', target: 'type/letter' },
    { user, action: 'pauseSchedule', target: 'daily' },
  ]);
});

test('jobs that commands add and cancel are counted, whatever the log settings', async () => {
  await site.stop({ timeout: 0 });
  site = await createJobs({ database, logLevel: 'silent' });
  site.registerProcessor('letter', async ({ n }: { n: number }) => void ran.push(n));
  await site.start();
  const config = join(folder, 'jobs.config.mjs');
  await writeFile(
    config,
    `export default { logFormat: 'json', plugins: { metrics: { use: ${JSON.stringify(FIGURES)} } } };\n`,
  );
  const added = await run('add', 'letter', '{ "n": 7 }', '--config', config);
  expect(added.code).toBe(0);
  await vi.waitFor(() => expect(ran).toEqual([7]), 30_000);
  const { id } = await site.addJob({ type: 'letter', data: { n: 8 }, delay: 60_000 });
  expect(await run('cancel', id, '--config', config)).toMatchObject({ code: 0, err: '' });
  const counted = (await readFile(join(folder, 'figures.txt'), 'utf8')).split('\n');
  expect(counted).toEqual(['job_added', 'job_cancelled', '']);
});
