// Jobs with the same key: which run, in which order, and what an addition answers.
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { afterEach, expect, test } from 'vitest';

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
