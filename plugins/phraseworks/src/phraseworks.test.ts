// The CMS's queue, tasks, plugins and sockets on the job system.
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { addFilter, addJob, registerProcessor, scheduleJob } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type Client, type CmsPlugin, cmsPlugins, followPlugins, phraseWorks, type Task } from './index.ts';

interface Message {
  type: string;
  data: { event: string; jobId: string; status: string; result?: unknown };
}

function socket(): Client & { got: Message[] } {
  const got: Message[] = [];
  return { readyState: 1, got, send: (text) => got.push(JSON.parse(text) as Message) };
}

test('enqueue() passes the payload to the CMS’s processor unchanged, even a file of 25 MB in base64', async () => {
  const base64Data = Buffer.alloc(25 * 1024 * 1024, 7).toString('base64');
  const cms = phraseWorks({
    processors: { 'image-upload': ({ filename, base64Data: text }) => ({ filename, same: text === base64Data }) },
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

test('a failing job is tried three times, one and two seconds apart, and getStats() counts as the CMS does', async () => {
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

test('jobs about a post or a file end when the CMS deletes or unpublishes it, and others run', async () => {
  const ran: unknown[] = [];
  const cms = phraseWorks({ processors: { remind: (payload) => void ran.push(payload) } });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await jobs.pauses.pause({ kind: 'type', name: 'cms:remind' });
  const add = (payload: object, about?: { kind: string; id: number }) =>
    cms.jobQueue.enqueue('remind', payload, about ? { about } : {});
  await add({ postId: 1 });
  await add({ post_id: '2' });
  await add({ mediaId: 3 });
  const given = await add({ postId: 9 }, { kind: 'post', id: 1 });
  await add({ postId: 4 });
  await add({ mediaId: 1 });
  await add({ to: 'ada@example.test' });
  expect((await jobs.getJobStatus(given.id))?.about).toEqual({ kind: 'post', id: '1' });
  await jobs.doAction('post:deleted', { id: 1 });
  await jobs.doAction('post:unpublished', { id: 2 });
  await jobs.doAction('media:deleted', { id: 3 });
  expect((await jobs.getQueueMetrics()).cancelled).toBe(4);
  await jobs.pauses.resume('type', 'cms:remind');
  await jobs.idle();
  expect(ran).toEqual([{ postId: 4 }, { mediaId: 1 }, { to: 'ada@example.test' }]);
});

test('the CMS’s jobs cannot be added over HTTP', async () => {
  const cms = phraseWorks({ processors: { cleanup: () => 'done' } });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  const body = JSON.stringify({ type: 'cms:cleanup', data: { table: 'users', conditions: '1 = 1' } });
  const headers = { 'content-type': 'application/json' };
  expect((await jobs.request('/api/jobs', { method: 'POST', body, headers })).status).toBe(403);
});

test('a user who may only view sees no payload, and one who may operate does', async () => {
  const cms = phraseWorks({ processors: { email: () => 'sent' } });
  await using jobs = await createTestJobs({
    plugins: { phraseworks: { use: cms.plugin } },
    authorize: (c, action) => {
      const user = c.req.header('x-user') ?? '';
      return action === 'view' || user === 'admin' ? { user } : null;
    },
  });
  const html = '<a href="https://cms.example/reset/4f1d">Reset</a>';
  const { id } = await cms.jobQueue.enqueue('email', { to: 'ada@example.test', html, text: null });
  await jobs.idle();
  const read = async (user: string) => {
    const headers = { 'x-user': user };
    const answers = await Promise.all(
      [`/api/jobs/${id}`, '/api/jobs', `/api/jobs/${id}/history`].map((path) => jobs.request(path, { headers })),
    );
    return (await Promise.all(answers.map((answer) => answer.text()))).join();
  };
  expect(await read('editor')).not.toMatch(/reset|ada@/);
  expect(await read('admin')).toContain('reset/4f1d');
});

test('only the client that started a job gets its events, and a closed client is forgotten', async () => {
  const [mine, other, closed] = [socket(), socket(), { ...socket(), readyState: 3 }];
  const clients = new Map([
    ['mine', mine],
    ['other', other],
    ['closed', closed],
  ]);
  const cms = phraseWorks({ clients, processors: { work: () => 'done' } });
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

test('a client receives events of the job it started, not of jobs that listeners add meanwhile', async () => {
  const mine = socket();
  const cms = phraseWorks({ clients: new Map([['mine', mine]]), processors: { work: () => 'done' } });
  const other: CmsPlugin = {
    slug: 'other',
    init: () => {
      registerProcessor('note', () => 'noted');
      addFilter('job:before-add', async (job) => {
        if (job.type === 'cms:work') await addJob({ type: 'note', data: {} });
      });
    },
  };
  await using jobs = await createTestJobs({
    plugins: { phraseworks: { use: cms.plugin }, other: { use: cmsPlugins([other]).other?.use as never } },
  });
  const { id } = await cms.jobQueue.enqueue('work', {}, { clientId: 'mine' });
  await jobs.idle();
  expect(new Set(mine.got.map(({ data }) => data.jobId))).toEqual(new Set([id]));
  expect(mine.got).toHaveLength(3);
});

test('texts that need more than 256 kB as JSON are stored, whatever their characters', async () => {
  const cms = phraseWorks({ processors: { work: ({ text }) => text.length } });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  for (const text of ['\u20ac'.repeat(99_000), '\u0001'.repeat(99_000)]) {
    const { id } = await cms.jobQueue.enqueue('work', { text });
    await jobs.idle();
    expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', result: 99_000 });
  }
});

const task = (id: number, more: Partial<Task> = {}): Task => ({
  ...{ id, name: `Task ${id}`, function_name: 'publish', cron_expression: '*/5 * * * *', enabled: true },
  ...more,
});

test('enabled tasks become schedules, a run is saved, and a one-time task is disabled after it', async () => {
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

test('a task removed while no process ran has no schedule afterwards', async () => {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  const start = async (tasks: Task[]): Promise<string[]> => {
    const cms = phraseWorks({ tasks: { publish: () => {} } });
    const own = { name: 'own', schedule: '0 3 * * *', jobData: { type: 'note', data: {} } };
    const other: CmsPlugin = { slug: 'other', init: () => void scheduleJob(own) };
    const plugins = {
      phraseworks: { use: cms.plugin },
      other: { use: cmsPlugins([other]).other?.use as never },
    };
    await using jobs = await createTestJobs({ database, plugins });
    await cms.scheduleTasks(tasks);
    return (await jobs.schedules.list()).map(({ name }) => name);
  };
  await start([task(1), task(2)]);
  expect(await start([task(1)])).toEqual(['other/own', 'phraseworks/task-1']);
});

test('tasks run after the plugin was disabled and enabled, even those set meanwhile', async () => {
  const ran: string[] = [];
  const cms = phraseWorks({ tasks: { publish: () => ran.push('publish'), clean: () => ran.push('clean') } });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1), task(2)]);
  await jobs.plugins.disable('phraseworks');
  await jobs.plugins.enable('phraseworks');
  await jobs.advance(5 * 60_000);
  expect(ran).toEqual(['publish', 'publish']);
  await jobs.plugins.disable('phraseworks');
  await expect(cms.scheduleTasks([task(3, { function_name: 'clean' })])).rejects.toThrow('is not on');
  await jobs.plugins.enable('phraseworks');
  await jobs.advance(5 * 60_000);
  expect(ran).toEqual(['publish', 'publish', 'clean']);
  expect((await jobs.schedules.list()).map(({ name }) => name)).toEqual(['phraseworks/task-3']);
});

test('a process that never received the tasks runs them, and one with an older list runs those enabled since', async () => {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  const ran: string[] = [];
  const saved: Task[] = [];
  const of = (process: string) =>
    phraseWorks({ tasks: { publish: () => ran.push(process) }, onTaskRun: (one) => saved.push(one) });
  const [web, worker] = [of('web'), of('worker')];
  await using one = await createTestJobs({ database, start: false, plugins: { phraseworks: { use: web.plugin } } });
  await using two = await createTestJobs({
    database,
    clock: one.clock,
    plugins: { phraseworks: { use: worker.plugin } },
  });
  await web.scheduleTasks([task(1)]);
  await two.advance(5 * 60_000);
  expect(ran).toEqual(['worker']);
  expect(saved).toMatchObject([{ id: 1, name: 'Task 1', last_run_at: '2026-01-01T00:05:00.000Z' }]);
  await worker.scheduleTasks([task(1, { enabled: false })]);
  await one.advance(1);
  await web.scheduleTasks([task(1)]);
  await two.advance(5 * 60_000);
  expect(ran).toEqual(['worker', 'worker']);
});

test('a run that was due before its task was disabled does nothing', async () => {
  const ran: string[] = [];
  const cms = phraseWorks({ tasks: { publish: () => ran.push('publish') } });
  await using jobs = await createTestJobs({ start: false, plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1)]);
  const { id } = await jobs.schedules.run('phraseworks/task-1');
  await cms.scheduleTasks([task(1, { enabled: false })]);
  await jobs.start();
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', result: 'The task is disabled.' });
  expect(ran).toEqual([]);
});

test('changes to a task during its run are kept', async () => {
  const saved: Task[] = [];
  const cms = phraseWorks({
    tasks: { publish: () => cms.scheduleTasks([task(1, { name: 'New name', cron_expression: '0 * * * *' })]) },
    onTaskRun: (ran) => saved.push(ran),
  });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1)]);
  await jobs.advance(5 * 60_000);
  expect(saved).toMatchObject([{ name: 'New name', cron_expression: '0 * * * *', enabled: true }]);
  expect(saved[0]?.last_run_at).toBe('2026-01-01T00:05:00.000Z');
});

test('tasks are saved one at a time, and a failed save is retried without another run', async () => {
  const did: string[] = [];
  let failures = 1;
  const cms = phraseWorks({
    tasks: { publish: () => did.push('run') },
    onTaskRun: async ({ id }) => {
      did.push(`save ${id}`);
      await Promise.resolve();
      if (id === 1 && failures-- > 0) throw new Error('no database');
      did.push(`saved ${id}`);
    },
  });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1), task(2)]);
  await Promise.all([cms.runTask(1), cms.runTask(2)]);
  await jobs.advance(60_000);
  expect(did.filter((one) => one === 'run')).toHaveLength(2);
  const saves = did.filter((one) => one !== 'run');
  expect(saves.filter((one) => one.endsWith('1'))).toEqual(['save 1', 'save 1', 'saved 1']);
  expect(saves.indexOf('saved 2')).toBe(saves.indexOf('save 2') + 1);
});

test('a one-time task that fails is tried again, and has no schedule once it has run', async () => {
  const tries: number[] = [];
  const cms = phraseWorks({
    tasks: {
      publish: () => {
        tries.push(jobs.clock.now());
        if (tries.length === 1) throw new Error('no database');
      },
    },
  });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1, { run_once: true })]);
  await jobs.advance(5 * 60_000);
  expect([tries.length, (await jobs.schedules.list()).length]).toEqual([1, 1]);
  await jobs.advance(60 * 60_000);
  expect([tries.length, await jobs.schedules.list()]).toEqual([2, []]);
});

test('a task that is due or asked for while it runs is not started beside itself', async () => {
  const ends: (() => void)[] = [];
  const cms = phraseWorks({
    taskTimeout: 60 * 60_000,
    tasks: { publish: () => new Promise<void>((resolve) => ends.push(resolve)) },
  });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1), task(2, { cron_expression: '0 0 1 1 *' })]);
  const first = await cms.runTask(1);
  await jobs.running(first);
  await jobs.advance(10 * 60_000);
  await jobs.running(await cms.runTask(2));
  expect([await cms.runTask(1), ends.length]).toEqual([first, 2]);
  for (const end of ends) end();
  await jobs.idle();
  expect((await jobs.getQueueMetrics()).types['cms:task']).toMatchObject({ total: 2, completed: 2 });
});

test('a task that waits for a retry runs at once when it is asked for, even if it was disabled', async () => {
  let failures = 1;
  const cms = phraseWorks({
    tasks: {
      publish: () => {
        if (failures-- > 0) throw new Error('no database');
      },
    },
  });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1)]);
  await jobs.advance(5 * 60_000);
  await cms.scheduleTasks([task(1, { enabled: false })]);
  const id = await cms.runTask(1);
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', result: 'Task 1' });
});

test('a task that takes too long has its signal aborted', async () => {
  const cms = phraseWorks({
    taskTimeout: 1_000,
    tasks: {
      publish: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    },
  });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1)]);
  const id = await cms.runTask(1);
  await jobs.running(id);
  await jobs.advance(1_000);
  expect((await jobs.getJobAttempts(id))[0]).toMatchObject({ outcome: 'retry' });
});

test('invalid tasks are reported together, after the others are scheduled and removed ones unscheduled', async () => {
  const cms = phraseWorks({ tasks: { publish: () => {} } });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks([task(1), task(2), task(5)]);
  const bad = [task(1, { cron_expression: 'often' }), task(3, { function_name: 'missing' }), task(4), task(5)];
  const error = await cms.scheduleTasks(bad).catch(({ message }) => message);
  expect(error).toMatch(/The task "Task 1" has no schedule: .*; The task "Task 3" names the function "missing"/);
  expect((await jobs.schedules.list()).map(({ name }) => name)).toEqual(['phraseworks/task-4', 'phraseworks/task-5']);
});

test('tasks whose ids differ in one character have separate schedules', async () => {
  const cms = phraseWorks({ tasks: { publish: () => {} } });
  await using jobs = await createTestJobs({ plugins: { phraseworks: { use: cms.plugin } } });
  await cms.scheduleTasks(['a b', 'a-b', 'a_20_b'].map((id) => ({ ...task(1), id })));
  expect(await jobs.schedules.list()).toHaveLength(3);
});

test('a task can be run at once, even while disabled, and is saved as after any run', async () => {
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

test('before its plugin is on, the error says what to do', async () => {
  await expect(phraseWorks({}).jobQueue.enqueue('email', {})).rejects.toThrow('name it in createJobs({ plugins })');
});

test('a plugin is on while active in the CMS, and off with its hooks removed otherwise, unless switched in the dashboard', async () => {
  const did: string[] = [];
  const all: CmsPlugin[] = [
    { slug: 'pwSMTP', name: 'PW SMTP', init: () => did.push('init'), disable: () => did.push('disable') },
    { slug: 'zeroGPlugin', init: null },
  ];
  await using jobs = await createTestJobs({ plugins: cmsPlugins(all) });
  const follow = followPlugins(jobs, all);
  const state = () => jobs.info().plugins.pwSMTP;
  expect(state()).toBe('off');
  await Promise.all([follow(['pwSMTP', 'zeroGPlugin']), follow(['pwSMTP']), follow(['pwSMTP'])]);
  expect([state(), did]).toEqual(['on', ['init']]);
  await follow([]);
  expect([state(), did]).toEqual(['off', ['init', 'disable']]);
  await follow(['pwSMTP']);
  await jobs.plugins.disable('pwSMTP');
  await follow(['pwSMTP']);
  expect(state()).toBe('off');
});

test('a plugin that is slow to stop blocks no other call, and a failing one does not keep others from being switched', async () => {
  const slow = new EventEmitter();
  const [stopping, stopped] = [once(slow, 'stopping'), once(slow, 'stopped')];
  let failures = 1;
  const jobs = {
    plugins: {
      list: async () => ['slow', 'bad', 'good'].map((name) => ({ name, state: name === 'slow' ? 'on' : 'off' })),
      enable: async (name: string) => {
        did.push(name);
        if (name === 'bad' && failures-- > 0) throw new Error('bad failed');
      },
      disable: async () => {
        slow.emit('stopping');
        await stopped;
      },
    },
  };
  const did: string[] = [];
  const follow = followPlugins(
    jobs,
    ['slow', 'bad', 'good'].map((slug) => ({ slug, init: () => {} })),
  );
  const first = follow(['bad', 'good']);
  await stopping;
  await follow(['bad', 'good']);
  expect(did).toEqual([]);
  slow.emit('stopped');
  await expect(first).rejects.toThrow('bad failed');
  expect(did).toEqual(['bad', 'good']);
  await follow(['bad', 'good']);
  expect(did).toEqual(['bad', 'good', 'bad']);
});
