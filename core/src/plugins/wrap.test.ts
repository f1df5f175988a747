// What plugins wrap around additions and attempts: the work is done once, whatever a wrapper does.
import { type AttemptEnd, definePlugin, type PluginContext } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createTestJobs } from '../../../testing/src/create-test-jobs.ts';

async function open(init: (ctx: PluginContext) => void) {
  const jobs = await createTestJobs({ plugins: { wraps: { use: definePlugin({ name: 'wraps', init }) } } });
  const runs: unknown[] = [];
  jobs.registerProcessor('work', async (data: { fails?: boolean }) => {
    runs.push(data);
    if (data.fails) throw new Error('no');
  });
  const health = async () => (await jobs.plugins.list())[0]?.health;
  return { jobs, runs, health, [Symbol.asyncDispose]: () => jobs[Symbol.asyncDispose]() };
}

test('wrappers see the new job, the outcome of an attempt, and the trace stored with the job', async () => {
  const seen: unknown[] = [];
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  await using site = await open((ctx) => {
    ctx.wrap('job:add', async ({ jobs, setTrace }, next) => {
      setTrace(traceparent);
      await next();
      seen.push(jobs.map(({ type }) => type));
    });
    ctx.wrap(
      'job:run',
      async ({ type, attempt, trace }, next) => void seen.push({ type, attempt, trace }, await next()),
    );
  });
  await site.jobs.addJobs([{ type: 'work', data: {} }]);
  await site.jobs.idle();
  await site.jobs.addJob({ type: 'work', data: { fails: true }, maxRetries: 0 });
  await site.jobs.idle();
  const run = { type: 'work', attempt: 1, trace: traceparent };
  const end = (change: Partial<AttemptEnd>) => ({ error: null, stack: null, reason: null, wait: 0, ...change });
  expect(seen).toEqual([
    ['work'],
    run,
    end({ outcome: 'completed' }),
    ['work'],
    run,
    end({ outcome: 'failed', error: 'no', stack: expect.stringContaining('wrap.test.ts') }),
  ]);
});

test.each<[string, (about: unknown, next: () => Promise<unknown>) => unknown, errors: number]>([
  ['does nothing', () => {}, 0],
  ['calls next twice', (_about, next) => Promise.all([next(), next()]), 0],
  [
    'throws before',
    () => {
      throw new Error('mine');
    },
    2,
  ],
  ['throws after', (_about, next) => next().then(() => Promise.reject(new Error('mine'))), 2],
])('a job is stored once and runs once inside a wrapper that %s', async (_, wrapper, errors) => {
  await using site = await open((ctx) => {
    ctx.wrap('job:add', wrapper);
    ctx.wrap('job:run', wrapper);
  });
  const { id } = await site.jobs.addJob({ type: 'work', data: {} });
  await site.jobs.idle();
  expect(site.runs).toHaveLength(1);
  expect(await site.jobs.getJobAttempts(id)).toMatchObject([{ outcome: 'completed' }]);
  expect((await site.health())?.hookErrors).toBe(errors);
});

test('a job starts without a wrapper that does not call next in time', async () => {
  let hang = (): void => {};
  const called = new Promise<void>((resolve) => (hang = resolve));
  const hangs = () => {
    hang();
    return new Promise(() => {});
  };
  await using site = await open((ctx) => void ctx.wrap('job:run', hangs, { timeout: 3_000 }));
  await site.jobs.addJob({ type: 'work', data: {} });
  await called;
  await site.jobs.clock.advance(2_900);
  expect(site.runs).toEqual([]);
  await site.jobs.clock.advance(200);
  await site.jobs.idle();
  expect(site.runs).toHaveLength(1);
  expect((await site.health())?.lastError).toContain('did not call next()');
});

test('a refusal reaches the caller, and is not charged to the wrapper that passes it on', async () => {
  await using site = await open((ctx) => void ctx.wrap('job:add', (_about, next) => next()));
  const key = { type: 'work', idempotencyKey: 'a' };
  await site.jobs.addJob({ ...key, data: { n: 1 } });
  await expect(site.jobs.addJob({ ...key, data: { n: 2 } })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  expect((await site.health())?.hookErrors).toBe(0);
});

test('a job cancelled while a wrapper delays it does not start', async () => {
  const wrapper = { called: () => {}, goOn: () => {} };
  const called = new Promise<void>((resolve) => {
    wrapper.called = resolve;
  });
  const goOn = new Promise<void>((resolve) => {
    wrapper.goOn = resolve;
  });
  await using site = await open(
    (ctx) =>
      void ctx.wrap('job:run', async (_about, next) => {
        wrapper.called();
        await goOn;
        await next();
      }),
  );
  const { id } = await site.jobs.addJob({ type: 'work', data: {} });
  await called;
  await site.jobs.cancelJob(id);
  await site.jobs.idle();
  expect(await site.jobs.getJobStatus(id)).toMatchObject({ status: 'cancelled' });
  wrapper.goOn();
  await site.jobs.idle();
  expect(site.runs).toEqual([]);
});
