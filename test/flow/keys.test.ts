// Jobs with the same key: which run, in which order, and what an addition answers.
import { definePlugin, type PluginContext } from '@phraseworks/sdk';
import { afterEach, expect, test } from 'vitest';
import { createTestJobs, type TestJobs } from '../../testing/src/create-test-jobs.ts';

let jobs: TestJobs;
let isOver = false;
const ends: (() => void)[] = [];
afterEach(async () => {
  isOver = true;
  for (const end of ends.splice(0)) end();
  await jobs.stop();
  isOver = false;
});

interface Run {
  n: number;
  end: (how?: Error) => void;
}

async function open(options: object) {
  jobs = await createTestJobs();
  const runs: Run[] = [];
  jobs.registerProcessor(
    't',
    ({ n }: { n: number }) =>
      new Promise<void>((resolve, reject) => {
        runs.push({ n, end: (how) => (how ? reject(how) : resolve()) });
        ends.push(resolve);
        if (isOver) resolve();
      }),
    { key: ['post'], maxRetries: 1, retryDelay: 1_000, ...options } as never,
  );
  const add = (n: number, more: object = {}) => jobs.addJob({ type: 't', data: { post: 1, n }, ...more });
  return { runs, add };
}

const stateOf = async (id: string) => (await jobs.getJobStatus(id))?.status;

test('jobs of one key run one after the other, those of others beside them', async () => {
  const { runs, add } = await open({});
  const first = await add(1);
  const second = await add(2);
  await jobs.addJob({ type: 't', data: { post: 2, n: 3 } });
  await expect.poll(() => runs.map(({ n }) => n)).toEqual([1, 3]);
  expect(second.status).toBe('blocked');
  expect(await stateOf(first.id)).toBe('processing');
  runs[0]?.end();
  await expect.poll(() => runs.map(({ n }) => n)).toEqual([1, 3, 2]);
});

test('of many additions while one runs, the last one runs after it', async () => {
  const { runs, add } = await open({ unique: { onConflict: 'replace' } });
  await add(1);
  await expect.poll(() => runs.length).toBe(1);
  const second = await add(2);
  const third = await add(3);
  expect([second.outcome, third.outcome, third.id]).toEqual(['added', 'replaced', second.id]);
  runs[0]?.end();
  await expect.poll(() => runs.map(({ n }) => n)).toEqual([1, 3]);
});

test('a run that fails while a later one waits is superseded', async () => {
  const { runs, add } = await open({ unique: { onConflict: 'replace' } });
  const first = await add(1);
  await expect.poll(() => runs.length).toBe(1);
  await add(2);
  runs[0]?.end(new Error('no'));
  await expect.poll(() => runs.map(({ n }) => n)).toEqual([1, 2]);
  expect(await jobs.getJobStatus(first.id)).toMatchObject({ status: 'cancelled', reason: 'superseded' });
});

test('a debounced job runs when its key was quiet, at the latest at its longest wait', async () => {
  const { runs, add } = await open({ unique: { onConflict: 'replace', quiet: '10s', maxWait: '25s' } });
  await add(1);
  for (const n of [2, 3, 4]) {
    await jobs.advance(8_000);
    expect(runs).toEqual([]);
    await add(n);
  }
  await jobs.advance(999);
  expect(runs).toEqual([]);
  const advanced = jobs.advance(1);
  await expect.poll(() => runs.map(({ n }) => n)).toEqual([4]);
  runs[0]?.end();
  await advanced;
});

test('while one is active, a rejected job is an error and a kept one answers with it', async () => {
  const { runs, add } = await open({ unique: { while: 'active', onConflict: 'reject' } });
  await add(1);
  await expect.poll(() => runs.length).toBe(1);
  await expect(add(2)).rejects.toMatchObject({ code: 'DUPLICATE_JOB' });
  runs[0]?.end();
  await jobs.idle();
  expect((await add(3)).outcome).toBe('added');
});

test('a job is not retried by hand while another one has its key', async () => {
  const { runs, add } = await open({ unique: {}, maxRetries: 0 });
  const first = await add(1);
  await expect.poll(() => runs.length).toBe(1);
  runs[0]?.end(new Error('no'));
  await jobs.idle();
  const second = await add(2);
  await expect.poll(() => runs.length).toBe(2);
  await expect(jobs.retryJob(first.id)).rejects.toMatchObject({ code: 'DUPLICATE_JOB' });
  runs[1]?.end();
  await jobs.idle();
  await jobs.retryJob(first.id);
  await expect.poll(() => runs.map(({ n }) => n)).toEqual([1, 2, 1]);
  expect(await stateOf(second.id)).toBe('completed');
});

test('a job starts only when the cancelled one of its key has really ended', async () => {
  const { runs, add } = await open({});
  const first = await add(1);
  await add(2);
  await expect.poll(() => runs.length).toBe(1);
  await jobs.cancelJob(first.id);
  expect(await stateOf(first.id)).toBe('cancelled');
  expect(runs.length).toBe(1);
  runs[0]?.end();
  await expect.poll(() => runs.map(({ n }) => n)).toEqual([1, 2]);
});

test('an idempotency key remembers its answer, whatever becomes of the key', async () => {
  const { runs, add } = await open({ unique: { onConflict: 'replace' } });
  const first = await add(1, { idempotencyKey: 'one', delay: 60_000 });
  const [again, second] = [await add(1, { idempotencyKey: 'one' }), await add(2, { idempotencyKey: 'two' })];
  expect([again.id, again.outcome, second.id, second.outcome]).toEqual([first.id, 'added', first.id, 'replaced']);
  await expect(add(3, { idempotencyKey: 'two' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  await expect.poll(() => runs.map(({ n }) => n)).toEqual([2]);
  runs[0]?.end();
  await jobs.idle();
  const answers = [await add(1, { idempotencyKey: 'one' }), await add(2, { idempotencyKey: 'two' })];
  expect(answers.map(({ id, outcome }) => [id, outcome])).toEqual([
    [first.id, 'added'],
    [first.id, 'replaced'],
  ]);
  await jobs.idle();
  expect(runs.length).toBe(1);
});

test('jobs that are added together are decided in their order, all or none', async () => {
  const { runs } = await open({ unique: { onConflict: 'replace' } });
  const of = (post: number, n: number, more: object = {}) => ({ type: 't', data: { post, n }, ...more });
  const added = await jobs.addJobs([
    of(1, 1),
    of(2, 2),
    of(1, 3, { priority: 'urgent' }),
    of(1, 4, { idempotencyKey: 'a' }),
  ]);
  expect(added.map(({ outcome }) => outcome)).toEqual(['added', 'added', 'replaced', 'replaced']);
  expect(new Set(added.map(({ id }) => id)).size).toBe(2);
  await expect.poll(() => runs.map(({ n }) => n).sort()).toEqual([2, 4]);
  expect((await jobs.getJobStatus(added[0]?.id ?? ''))?.priority).toBe('urgent');
});

test('one rejected job refuses all that are added with it', async () => {
  await open({ unique: { onConflict: 'reject' } });
  const of = (post: number) => ({ type: 't', data: { post, n: 1 }, delay: 1_000 });
  const there = await jobs.addJob(of(1));
  await expect(jobs.addJobs([of(2), of(1)])).rejects.toMatchObject({
    code: 'DUPLICATE_JOB',
    errors: [{ path: '[1].key', message: `belongs to the job ${there.id}` }],
  });
  expect((await jobs.getQueueMetrics()).total).toBe(1);
});

test('a replaced job begins anew: data, options, attempts and steps, with who replaced it in its history', async () => {
  const seen: unknown[] = [];
  jobs = await createTestJobs();
  jobs.registerProcessor(
    'step',
    async (data: { post: number; n: number }, _id, attempt, job) => {
      seen.push([data.n, attempt, await job.once('step', () => data.n)]);
      if (data.n === 1) throw new Error('no');
    },
    { key: ['post'], unique: { onConflict: 'replace' }, maxRetries: 3, retryDelay: 60_000 },
  );
  const { id } = await jobs.addJob({ type: 'step', data: { post: 1, n: 1 }, priority: 'high' });
  await jobs.idle();
  const body = JSON.stringify({ type: 'step', data: { post: 1, n: 2 }, priority: 'low', maxRetries: 5 });
  const response = await jobs.request('/api/jobs', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect([response.status, await response.json()]).toMatchObject([201, { id, outcome: 'replaced', key: '1' }]);
  await jobs.idle();
  expect(seen).toEqual([
    [1, 1, 1],
    [2, 1, 2],
  ]);
  expect(await jobs.getJobStatus(id)).toMatchObject({
    status: 'completed',
    priority: 'high',
    maxRetries: 5,
    error: null,
  });
  expect((await jobs.getJobHistory(id)).find(({ event }) => event === 'job_replaced')).toMatchObject({ by: 'admin' });
});

test('a job of a key that is missing, and a key of a type without keys, are refused at their field', async () => {
  await open({});
  jobs.registerProcessor('plain', () => {});
  await expect(jobs.addJob({ type: 't', data: { n: 1 } })).rejects.toMatchObject({ errors: [{ path: 'data.post' }] });
  const plain = jobs.addJob({ type: 'plain', data: {}, key: 'a' });
  await expect(plain).rejects.toMatchObject({
    errors: [{ path: 'key', message: expect.stringMatching(/type with keys/) }],
  });
});

test.each([
  ['key', { key: [] }],
  ['key', { key: ['a b'] }],
  ['unique', { unique: true }],
  ['unique.onconflict', { unique: { onconflict: 'keep' } }],
  ['unique.while', { unique: { while: 'running' } }],
  ['unique.while.period', { unique: { while: { period: 'a while' } } }],
  ['unique.onConflict', { unique: { while: 'active', onConflict: 'replace' } }],
  ['unique.onConflict', { unique: { while: { period: '1h' }, onConflict: 'replace' } }],
  ['unique.quiet', { unique: { while: 'active', quiet: '1s' } }],
  ['unique.onConflict', { unique: { quiet: '1s', onConflict: 'reject' } }],
  ['unique.maxWait', { unique: { maxWait: '1s' } }],
  ['unique.maxWait', { unique: { quiet: '10s', maxWait: '1s' } }],
])('a type with a wrong %s is refused: %j', async (path, options) => {
  jobs = await createTestJobs();
  const register = () => jobs.registerProcessor('t', () => {}, options as never);
  expect(register).toThrow(expect.objectContaining({ errors: [expect.objectContaining({ path })] }));
});

test('a blocked job says what it waits for, is not run by hand, and runs when the one before it is deleted or cancelled', async () => {
  const { runs, add } = await open({});
  const first = await add(1, { delay: 60_000 });
  const [second, third] = [await add(2), await add(3)];
  const why = async (id: string) => ((await (await jobs.request(`/api/jobs/${id}/why`)).json()) as { why: string }).why;
  expect(await why(second.id)).toBe(
    `Blocked: jobs of its key run one after the other, and job ${first.id} must end first, which is pending.`,
  );
  expect(await why(third.id)).toMatch(/1 other job of its key must end after that\.$/);
  const run = await jobs.request(`/api/jobs/${second.id}/run`, { method: 'POST' });
  expect([run.status, await run.json()]).toMatchObject([
    409,
    { code: 'INVALID_STATE', detail: expect.stringContaining(first.id) },
  ]);
  await jobs.request('/api/pauses', {
    method: 'POST',
    body: JSON.stringify({ kind: 'type', name: 't' }),
    headers: { 'content-type': 'application/json' },
  });
  expect(await why(second.id)).toMatch(/Blocked.*Also, it is parked: its type "t" is paused by admin/);
  expect(await stateOf(second.id)).toBe('blocked');
  await jobs.request('/api/pauses/type/t', { method: 'DELETE' });
  expect((await jobs.getQueueMetrics()).blocked).toBe(2);
  expect((await jobs.request(`/api/jobs/${first.id}`, { method: 'DELETE' })).status).toBe(204);
  await expect.poll(() => runs.map(({ n }) => n)).toEqual([2]);
  expect(await jobs.cancelJob(third.id)).toBe(true);
  expect(await stateOf(third.id)).toBe('cancelled');
  runs[0]?.end();
  await jobs.idle();
  expect(runs.length).toBe(1);
});

test('lists show the jobs of a key', async () => {
  await open({});
  jobs.registerProcessor('other', () => {}, { unique: {} });
  const of = (post: number) => ({ type: 't', data: { post, n: 1 }, delay: 1_000 });
  const added = await jobs.addJobs([of(1), of(2), of(1), { type: 'other', data: {}, key: '1' }]);
  const list = async (query: string) => {
    const answer = (await (await jobs.request(`/api/jobs?${query}`)).json()) as { jobs: { id: string; key: string }[] };
    return answer.jobs?.map(({ id, key }) => [id, key]);
  };
  expect(await list('type=t&key=1')).toEqual([2, 0].map((i) => [added[i]?.id, '1']));
  expect(await list('type=t&key=1&status=blocked')).toEqual([[added[2]?.id, '1']]);
  expect(await list('type=t&key=3')).toEqual([]);
  expect((await jobs.request('/api/jobs?key=1')).status).toBe(400);
});

test('a period counts from the first job, until that is deleted before it ran', async () => {
  const { runs, add } = await open({ unique: { while: { period: '1h' } } });
  const first = await add(1);
  await expect.poll(() => runs.length).toBe(1);
  runs[0]?.end();
  await jobs.advance(3_599_000);
  expect(await add(2)).toMatchObject({ id: first.id, outcome: 'kept', status: 'completed' });
  await jobs.advance(1_000);
  const next = await add(3, { delay: 1_000 });
  expect(next.outcome).toBe('added');
  await jobs.request(`/api/jobs/${next.id}`, { method: 'DELETE' });
  expect((await add(4, { delay: 1_000 })).outcome).toBe('added');
});

test('a run of a schedule whose job is kept is done; processors add jobs with keys', async () => {
  const { runs, add } = await open({ unique: { while: 'active' } });
  jobs.registerProcessor('parent', async () => {
    const { outcome } = await add(9);
    return { success: true, result: outcome };
  });
  await add(1);
  await expect.poll(() => runs.length).toBe(1);
  await jobs.scheduleJob({ name: 's', schedule: '* * * * *', jobData: { type: 't', data: { post: 1, n: 2 } } });
  const parent = await jobs.addJob({ type: 'parent', data: {} });
  await jobs.running((await jobs.listJobs({ type: 't' })).jobs[0]?.id ?? '');
  await jobs.advance(120_000);
  expect((await jobs.getJobStatus(parent.id))?.result).toBe('kept');
  expect((await jobs.listJobs({ type: 't' })).jobs.length).toBe(1);
  expect(jobs.log.filter((line) => line.includes('error'))).toEqual([]);
});

test('blocked jobs count against the size of the queue', async () => {
  jobs = await createTestJobs({ start: false, queue: { maxQueueSize: 3 } });
  jobs.registerProcessor('t', () => {}, { key: ['post'] });
  const add = () => jobs.addJob({ type: 't', data: { post: 1 } });
  for (let n = 0; n < 3; n += 1) await add();
  await expect(add()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
});

test('a key is decided in the transaction that adds the job', async () => {
  let ctx: PluginContext | undefined;
  const init = (context: PluginContext): void => {
    ctx = context;
  };
  const shop = definePlugin({ name: 'shop', init });
  jobs = await createTestJobs({ plugins: { shop: { use: shop } }, start: false });
  jobs.registerProcessor('t', () => {}, { key: ['post'], unique: { onConflict: 'replace' } });
  const add = (n: number) => jobs.addJob({ type: 't', data: { post: 1, n } });
  const undone = ctx?.db.transaction().execute(async () => {
    expect([(await add(1)).outcome, (await add(2)).outcome]).toEqual(['added', 'replaced']);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  const stored = await add(3);
  expect(stored.outcome).toBe('added');
  const inside = await ctx?.db.transaction().execute(() => add(4));
  expect([inside?.id, inside?.outcome]).toEqual([stored.id, 'replaced']);
  expect(await jobs.getJobStatus(stored.id)).toMatchObject({ data: { post: 1, n: 4 } });
});
