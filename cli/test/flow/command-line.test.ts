// The command line on a running site: each command in its own process, with its exit code and both outputs.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { sharedDatabase } from '../../../test/support/database.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type LiveSite, openLiveSite } from '../../../test/support/live-site.ts';
import steps from '../../../test/support/steps-plugin.ts';
import { commandLine, type RunOptions } from '../command-line.ts';

// Every command starts a process, while other tests run.
vi.setConfig({ testTimeout: 60_000 });
const PATIENT = { timeout: 30_000 };

const PLUGIN = fileURLToPath(new URL('../../../test/support/steps-plugin.ts', import.meta.url));

let folder: string;
let site: LiveSite;
let database: string;
const run = (args: string[], options?: RunOptions) => commandLine(folder, args, options);
const short = (id: string): string => id.slice(-8);

/** Lines of a table, with single spaces. */
const rows = (lines: string[]): string[] => lines.map((line) => line.trim().replace(/ +/g, ' '));

beforeEach(async () => {
  folder = await temporaryFolder();
  database = await sharedDatabase();
  const config = { database, plugins: { steps: { use: PLUGIN } } };
  await writeFile(join(folder, 'jobs.config.mjs'), `export default ${JSON.stringify(config)};\n`);
  site = await openLiveSite({ database, plugins: { steps: { use: steps } } });
  return () => site[Symbol.asyncDispose]();
});

describe('add', () => {
  test('a job is added from standard input, and followed to its end with its progress', async () => {
    const { code, out, err } = await run(['add', 'count', '-', '--wait'], { input: '{"to":3}' });
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out[0]).toMatch(/^[0-9a-f]{8} count (pending|processing)$/);
    expect(out.at(-1)).toMatch(/^completed in .+: counted to 3$/);
    expect(out.some((line) => /^\d+ % \d\/3 counting$/.test(line))).toBe(true);
  });

  test('a failed job makes the exit code 1, and --json prints only the job', async () => {
    const { code, json } = await run(['add', 'broken', '--wait', '--json']);
    expect(code).toBe(1);
    expect(json()).toMatchObject({ type: 'broken', status: 'failed', error: 'the disk is full' });
  });

  test('a wait that times out exits with 4, says why the job does not run, and leaves it unchanged', async () => {
    const delayed = await run(['add', 'count', '{"to":1}', '--delay', '1h', '--wait', '--timeout', '1ms', '--json']);
    expect([delayed.code, delayed.json()]).toMatchObject([4, { type: 'count', status: 'pending' }]);
    expect(delayed.err).toMatch(/^The job has not finished after 1 ms: Scheduled to run in /);
    await site.jobs.plugins.disable('steps');
    const { code, out, err } = await run(['add', 'count', '{"to":9}', '--wait', '--timeout', '1ms']);
    const id = out[0]?.slice(0, 8) ?? '';
    expect(code).toBe(4);
    expect(err.split('\n')).toEqual(
      expect.arrayContaining([
        'The job has not finished after 1 ms: Parked: the plugin "steps" is disabled. The job will run when it is enabled.',
        `It continues without this command: phraseworks-jobs show ${id}, phraseworks-jobs cancel ${id}`,
      ]),
    );
    expect((await run(['show', id, '--json'])).json()).toMatchObject({ job: { status: 'parked' } });
  });

  test('the same key returns the first job; priority and delay are kept', async () => {
    const args = [
      'add',
      'count',
      '{"to":1}',
      '--idempotency-key',
      'one',
      '--priority',
      'high',
      '--delay',
      '2h',
      '--json',
    ];
    const first = (await run(args)).json();
    expect(first).toMatchObject({ status: 'pending', priority: 'high' });
    expect((await run(args)).json()).toMatchObject({ id: (first as { id: string }).id });
  });

  test('data that the schema of the plugin refuses is not stored or repeated', async () => {
    const { code, out, err } = await run(['add', 'count', '{"to":"secret"}']);
    expect([code, out, err]).toEqual([1, [], 'data.to must be number\n']);
    expect((await site.jobs.listJobs()).jobs).toEqual([]);
  });

  test('an unknown type is refused with the likely one, and a list of it is empty and names that one', async () => {
    const err = 'Unknown job type: did you mean count?\n';
    expect(await run(['add', 'cuont'])).toMatchObject({ code: 1, err });
    expect(await run(['list', '--type', 'cuont'])).toMatchObject({ code: 0, out: ['No jobs.'], err });
  });

  test('the command leaves no node and no schedule behind', async () => {
    await site.jobs.schedules.remove('steps/nightly');
    await run(['add', 'count', '{"to":1}']);
    expect((await run(['nodes', '--json'])).json()).toMatchObject({ nodes: [{ id: site.jobs.info().node }] });
    expect(await site.jobs.schedules.list()).toEqual([]);
  });
});

describe('jobs', () => {
  test('list shows matching jobs, page by page', async () => {
    const { id } = await site.jobs.addJob({ type: 'broken', data: {} });
    await site.ended(id);
    await site.jobs.addJob({ type: 'count', data: { to: 1 }, delay: 3_600_000 });
    const { code, out } = await run(['list', '--status', 'failed,cancelled', '--type', 'broken']);
    expect(code).toBe(0);
    expect(rows(out)).toEqual([
      'ID TYPE STATUS ATTEMPT ADDED WHAT',
      expect.stringMatching(new RegExp(`^${short(id)} broken failed 1/4 .+ ago the disk is full$`)),
    ]);
    const page = await run(['list', '--limit', '1', '--json']);
    expect(page.json()).toMatchObject({ jobs: [{ type: 'count' }], nextCursor: expect.any(String) });
    const { nextCursor } = page.json() as { nextCursor: string };
    expect((await run(['list', '--cursor', nextCursor, '--json'])).json()).toMatchObject({ jobs: [{ id }] });
  });

  test('list tells ready and delayed jobs apart, and sorts the delayed ones by when they are due', async () => {
    const add = async (delay: number) => (await site.jobs.addJob({ type: 'count', data: { to: 1 }, delay })).id;
    const [later, soon, soonest] = [await add(7_200_000), await add(3_600_000), await add(1_800_000)];
    const list = async (...args: string[]) =>
      (await run(['list', '--status', 'delayed', ...args, '--json'])).json() as {
        jobs: { id: string }[];
        nextCursor: string;
      };
    const page = await list('--sort', 'due', '--limit', '2');
    expect(page.jobs.map(({ id }) => id)).toEqual([soonest, soon]);
    expect(await list('--sort', 'due', '--cursor', page.nextCursor)).toMatchObject({ jobs: [{ id: later }] });
    expect(await list('--sort', 'oldest', '--limit', '1')).toMatchObject({ jobs: [{ id: later }] });
    expect((await run(['list', '--status', 'ready'])).out).toEqual(['No jobs.']);
    expect((await run(['list', '--sort', 'age'])).code).toBe(2);
    expect((await run(['list', '--cursor', page.nextCursor])).err).toContain('sorted by due');
  });

  test('show prints the attempts, history and log of a job given by the end of its id', async () => {
    const { id } = await site.jobs.addJob({ type: 'count', data: { to: 1 } });
    await site.ended(id);
    const { code, out } = await run(['show', short(id)]);
    expect(code).toBe(0);
    expect(out[0]).toBe('count  completed');
    expect(rows(out)).toEqual(expect.arrayContaining([`id ${id}`, 'data {"to":1}', 'message counted to 1']));
    expect(out.at(-1)).toMatch(/1 info {2}counted$/);
    expect((await run(['show', id, '--json'])).json()).toMatchObject({
      job: { id, status: 'completed' },
      attempts: [{ outcome: 'completed' }],
      history: [{ event: 'job_added' }, { event: 'job_started' }, { event: 'job_completed' }],
      logs: [{ message: 'counted' }],
    });
  });

  test('a running job is cancelled from outside, and a second cancel says that it has finished', async () => {
    const { id } = await site.jobs.addJob({ type: 'hold', data: {} });
    await expect.poll(() => site.jobs.getJobStatus(id).then(String), PATIENT).toBe('processing');
    expect((await run(['why', short(id)])).out[0]).toMatch(/^Running \(attempt 1 of 4/);
    expect(await run(['cancel', short(id)])).toMatchObject({ code: 0, out: [`${short(id)} cancelled`] });
    await expect.poll(() => site.jobs.getJobStatus(id).then(String), PATIENT).toBe('cancelled');
    expect(await run(['cancel', short(id)])).toMatchObject({
      code: 1,
      out: [`${short(id)} has already finished (cancelled)`],
    });
    expect((await site.jobs.getJobHistory(id)).at(-1)).toMatchObject({ by: expect.stringMatching(/^cli/) });
  });

  test('a failed job is retried with data validated by its plugin', async () => {
    const { id } = await site.jobs.addJob({ type: 'count', data: { to: 0 }, delay: 3_600_000 });
    await site.jobs.cancelJob(id);
    expect((await run(['retry', id, '--data', '{"to":"x"}', '--json'])).json()).toMatchObject({
      jobs: [{ id, retried: false, error: 'data.to must be number' }],
    });
    expect(await run(['retry', id, '--data', '{"to":1}'])).toMatchObject({ code: 0, out: [`${short(id)} pending`] });
    expect(await site.ended(id)).toMatchObject({ status: 'completed', data: { to: 1 } });
    expect(await run(['retry', id])).toMatchObject({ code: 0 });
  });

  test('all cancelled jobs of a type are retried, over all pages, and other types are left alone', async () => {
    const added = await site.jobs.addJobs(
      Array.from({ length: 230 }, (_, n) => ({ type: n < 210 ? 'hold' : 'count', data: { to: 0 }, delay: 3_600_000 })),
    );
    for (const { id } of added) await site.jobs.cancelJob(id);
    expect(await run(['retry', '--type', 'hold'])).toMatchObject({ code: 0, out: ['0 jobs are back in the queue.'] });
    expect((await run(['retry', '--type', 'hold', '--status', 'cancelled', '--json'])).json()).toEqual({
      retried: 210,
      refused: {},
    });
    const left = await site.jobs.listJobs({ status: 'cancelled', limit: 200 });
    expect(left.jobs.map(({ type }) => type)).toEqual(Array.from({ length: 20 }, () => 'count'));
    expect(await run(['retry', '--status', 'failed'])).toMatchObject({ code: 2 });
    expect(await run(['retry'])).toMatchObject({ code: 2 });
  });
});

describe('the site', () => {
  test('a schedule is paused, run and resumed', async () => {
    expect(await run(['schedules', 'pause', 'nightly'])).toMatchObject({ code: 0, out: ['steps/nightly paused'] });
    expect(rows((await run(['schedules'])).out)[1]).toBe('steps/nightly 0 3 29 2 * UTC count never paused');
    expect((await run(['schedules', 'run', 'steps/nightly', '--json'])).json()).toMatchObject({
      job: { type: 'count', schedule: 'steps/nightly' },
    });
    expect((await run(['schedules', 'resume', 'nightly'])).out[0]).toMatch(/^steps\/nightly resumed: 20.+T03:00/);
    expect(await run(['schedules', 'remove', 'weekly'])).toMatchObject({ code: 1 });
  });

  test('a plugin is disabled and enabled, and the running process follows', async () => {
    expect((await run(['plugins', 'disable', 'steps'])).code).toBe(0);
    await expect.poll(() => site.jobs.info().plugins.steps, PATIENT).toBe('off');
    expect((await run(['add', 'count', '{"to":1}'])).err).toContain('the plugin "steps" is disabled');
    expect((await run(['plugins', '--json'])).json()).toMatchObject({
      plugins: expect.arrayContaining([
        expect.objectContaining({ name: 'steps', enabled: false, setBy: 'administrator', parkedJobs: 1 }),
      ]),
    });
    expect((await run(['plugins', 'enable', 'steps'])).code).toBe(0);
    await expect.poll(() => site.jobs.info().plugins.steps, PATIENT).toBe('on');
    expect((await run(['plugins', 'enable', 'stpes'])).err).toBe('Unknown plugin: did you mean steps?\n');
  });

  test('the data of a plugin is deleted only when it is off everywhere, and only with --yes', async () => {
    await run(['add', 'count', '{"to":1}', '--wait']);
    expect(await run(['plugins', 'purge', 'steps', '--yes'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('The plugin "steps" is enabled. Disable it first.'),
    });
    await run(['plugins', 'disable', 'steps']);
    await expect.poll(() => site.jobs.info().plugins.steps, PATIENT).toBe('off');
    expect(await run(['plugins', 'purge', 'steps'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^This deletes the tables, schedules and settings of steps and all its jobs .*--yes/),
    });
    expect(await site.jobs.schedules.list()).toHaveLength(1);
    const purge = () => run(['plugins', 'purge', 'steps', '--yes']);
    await expect
      .poll(async () => (await purge()).out[0], PATIENT)
      .toBe('steps: deleted 1 job, 1 schedule and 0 tables');
    expect(await site.jobs.schedules.list()).toEqual([]);
    expect((await site.jobs.listJobs()).jobs).toEqual([]);
  });

  test('a plugin whose package is missing is not reported as enabled', async () => {
    const config = { database, plugins: { gone: { use: 'no-such-package' } } };
    await writeFile(join(folder, 'gone.mjs'), `export default ${JSON.stringify(config)};\n`);
    const asked = await run(['plugins', 'enable', 'gone', '--config', 'gone.mjs']);
    expect(asked).toMatchObject({ code: 2, out: [], err: expect.stringContaining('no-such-package') });
  });
});
