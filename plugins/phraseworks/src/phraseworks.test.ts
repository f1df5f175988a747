// The CMS's queue, tasks, plugins and sockets on the job system.
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { type Client, type CmsPlugin, cmsPlugins, followPlugins, phraseWorks, type Task } from './index.ts';

interface Message {
  type: string;
  data: { event: string; jobId: string; status: string; result?: unknown };
}

function socket(): Client & { got: Message[] } {
  const got: Message[] = [];
  return { readyState: 1, got, send: (text) => got.push(JSON.parse(text) as Message) };
}

test('enqueue() runs the CMS’s processor with the payload as it was, a file of 25 MB in base64 included', async () => {
  const base64Data = Buffer.alloc(25 * 1024 * 1024, 7).toString('base64');
  const cms = phraseWorks({
    processors: {
      'image-upload': ({ filename, base64Data: text }) => ({ filename, same: text === base64Data }),
    },
  });
  await using jobs = await createTestJobs({
    plugins: { phraseworks: { use: cms.plugin } },
    uploads: { maxBytes: 40_000_000 },
  });
  const queued = await cms.jobQueue.enqueue('image-upload', { filename: 'a.png', base64Data }, { priority: 5 });
  expect(queued).toMatchObject({ type: 'image-upload', priority: 5, attempts: 0, maxAttempts: 3 });
  await jobs.idle();
  expect(await jobs.getJobStatus(queued.id)).toMatchObject({
    type: 'cms:image-upload',
    priority: 'high',
    maxRetries: 2,
    result: { filename: 'a.png', same: true },
  });
});

test('a failing job is tried three times, a second and two later, and getStats() counts as the CMS does', async () => {
  const at: number[] = [];
  const cms = phraseWorks({
    processors: {
      email: () => {
        at.push(jobs.clock.now());
        throw new Error('no mail server');
      },
      cleanup: () => 'done',
    },
  });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  const { id } = await cms.jobQueue.enqueue('email', { to: 'ada@example.test', text: null });
  await cms.jobQueue.enqueue('cleanup', { table: 'logs', conditions: '1 = 0' });
  await jobs.advance(10_000);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'failed', error: 'no mail server' });
  expect(at.map((ms) => ms - (at[0] as number))).toEqual([0, 1_000, 3_000]);
  const { stats, ...now } = await cms.jobQueue.getStats();
  expect(now).toEqual({ queueLength: 0, activeWorkers: 0 });
  expect(stats.sort((a, b) => a.job_type.localeCompare(b.job_type))).toEqual([
    { status: 'completed', count: 1, job_type: 'cleanup' },
    { status: 'failed', count: 1, job_type: 'email' },
  ]);
});

test('nobody adds the CMS’s jobs over HTTP', async () => {
  const cms = phraseWorks({ processors: { cleanup: () => 'done' } });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  const body = JSON.stringify({ type: 'cms:cleanup', data: { table: 'users', conditions: '1 = 1' } });
  const headers = { 'content-type': 'application/json' };
  expect((await jobs.request('/api/jobs', { method: 'POST', body, headers })).status).toBe(403);
});

test('the client that started a job gets its events, no other client gets any, and a closed one is let go', async () => {
  const [mine, other, closed] = [socket(), socket(), { ...socket(), readyState: 3 }];
  const clients = new Map([
    ['mine', mine],
    ['other', other],
    ['closed', closed],
  ]);
  const cms = phraseWorks({
    clients,
    processors: {
      work: () => 'done',
    },
  });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  const { id } = await cms.jobQueue.enqueue('work', {}, { clientId: 'mine' });
  await cms.jobQueue.enqueue('work', {}, { clientId: 'closed' });
  await cms.jobQueue.enqueue('work', {});
  await jobs.idle();
  expect(mine.got.map(({ type, data }) => [type, data.jobId, data.event])).toEqual([
    ['job_update', id, 'job_added'],
    ['job_update', id, 'job_started'],
    ['job_update', id, 'job_completed'],
  ]);
  expect(mine.got.at(-1)?.data).toMatchObject({ status: 'completed', result: 'done' });
  expect([other.got, closed.got]).toEqual([[], []]);
  await cms.followJob(id, 'other');
  expect(other.got).toMatchObject([{ type: 'job_update', data: { jobId: id, status: 'completed', result: 'done' } }]);
});

const task = (id: number, more: Partial<Task> = {}): Task => ({
  ...{ id, name: `Task ${id}`, function_name: 'publish', cron_expression: '*/5 * * * *', enabled: true },
  ...more,
});

test('the enabled tasks are the schedules, a run is saved, and one that runs once is disabled after it', async () => {
  const saved: Task[] = [];
  let published = 0;
  const cms = phraseWorks({
    tasks: {
      publish: () => {
        published += 1;
      },
    },
    onTaskRun: (ran) => saved.push({ ...ran }),
    timezone: 'Europe/London',
  });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1), task(2, { run_once: true }), task(3, { enabled: false })]);
  await jobs.advance(10 * 60_000);
  expect(published).toBe(3);
  expect(saved.map(({ id, enabled, last_run_at }) => [id, enabled, last_run_at])).toEqual([
    [1, true, '2026-01-01T00:05:00.000Z'],
    [2, false, '2026-01-01T00:05:00.000Z'],
    [1, true, '2026-01-01T00:10:00.000Z'],
  ]);
  expect(await jobs.schedules.list()).toMatchObject([{ name: 'phraseworks/task-1', timezone: 'Europe/London' }]);
  await cms.scheduleTasks([task(4, { cron_expression: '0 * * * *' })]);
  expect((await jobs.schedules.list()).map(({ name }) => name)).toEqual(['phraseworks/task-4']);
});

test('a task that was disabled while the plugin was off has no schedule afterwards', async () => {
  const cms = phraseWorks({ tasks: { publish: () => {} } });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1), task(2)]);
  await jobs.plugins.disable('phraseworks');
  await jobs.plugins.enable('phraseworks');
  await cms.scheduleTasks([task(1), task(2, { enabled: false })]);
  expect((await jobs.schedules.list()).map(({ name }) => name)).toEqual(['phraseworks/task-1']);
});

test('a task runs now, even while it is disabled, and is saved as after any other run', async () => {
  const saved: Task[] = [];
  const cms = phraseWorks({ tasks: { publish: () => {} }, onTaskRun: (ran) => saved.push({ ...ran }) });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1), task(2, { enabled: false }), task(3, { run_once: true })]);
  for (const id of [1, 2, 3]) await cms.runTask(id);
  await jobs.idle();
  expect(saved.map(({ id, enabled, last_run_at }) => [id, enabled, last_run_at])).toEqual([
    [1, true, '2026-01-01T00:00:00.000Z'],
    [2, false, '2026-01-01T00:00:00.000Z'],
    [3, false, '2026-01-01T00:00:00.000Z'],
  ]);
  expect((await jobs.schedules.list()).map(({ name }) => name)).toEqual(['phraseworks/task-1']);
  await expect(cms.runTask(4)).rejects.toThrow('There is no task with the id 4');
});

test('a task whose function is missing is named', async () => {
  const cms = phraseWorks({ tasks: {} });
  await using _jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  const message = 'The task "Task 1" names the function "publish"';
  await expect(cms.scheduleTasks([task(1)])).rejects.toThrow(message);
  await cms.scheduleTasks([task(1, { enabled: false })]);
  await expect(cms.runTask(1)).rejects.toThrow(message);
});

test('before its plugin is on, the queue says what to do', async () => {
  await expect(phraseWorks({}).jobQueue.enqueue('email', {})).rejects.toThrow('name it in createJobs({ plugins })');
});

test('a plugin is on while it is active in the CMS, off with its hooks undone when it is not, and the dashboard’s switch holds', async () => {
  const did: string[] = [];
  const all: CmsPlugin[] = [
    { slug: 'pwSMTP', name: 'PW SMTP', init: () => did.push('init'), disable: () => did.push('disable') },
    { slug: 'zeroGPlugin', init: null },
  ];
  await using jobs = await createTestJobs({ plugins: cmsPlugins(all) });
  const follow = followPlugins(jobs, all);
  const state = async () => (await jobs.plugins.list()).map((plugin) => `${plugin.name} ${plugin.state}`);
  expect(await state()).toEqual(['pwSMTP off']);
  await Promise.all([follow(['pwSMTP', 'zeroGPlugin']), follow(['pwSMTP']), follow(['pwSMTP'])]);
  expect([await state(), did]).toEqual([['pwSMTP on'], ['init']]);
  await follow([]);
  expect([await state(), did]).toEqual([['pwSMTP off'], ['init', 'disable']]);
  await follow(['pwSMTP']);
  await jobs.plugins.disable('pwSMTP');
  await follow(['pwSMTP']);
  expect(await state()).toEqual(['pwSMTP off']);
});
