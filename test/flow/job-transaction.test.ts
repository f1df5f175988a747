// job.transaction(): what a processor writes, adds and records, and its outcome, are stored in one commit or not at all.
import { definePlugin, type PluginContext, type RunningJob } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestJobs, type TestJobs } from '../../testing/src/create-test-jobs.ts';
import { onMysql, testDatabase } from '../../testing/src/test-database.ts';
import { temporaryFolder } from '../support/folder.ts';

type Tables = { pwj_shop_orders: { id: number } };

const MIGRATIONS = {
  '001': {
    up: (db: PluginContext['db']) =>
      db.schema
        .createTable('pwj_shop_orders')
        .addColumn('id', 'integer', (c) => c.primaryKey())
        .execute(),
  },
};

const refusalOf = (call: () => unknown): Promise<unknown> =>
  Promise.resolve()
    .then(call)
    .then(
      () => undefined,
      (error: unknown) => error,
    );

for (const where of onMysql() ? ['on a server'] : ['in memory', 'in a file']) {
  let jobs: TestJobs;
  let ctx: PluginContext;

  const orders = async () =>
    (await ctx.db.withTables<Tables>().selectFrom('pwj_shop_orders').select('id').orderBy('id').execute()).map(
      ({ id }) => id,
    );
  // biome-ignore lint/suspicious/noExplicitAny: of any tables
  const order = (db: unknown, id: number) => (db as Kysely<any>).insertInto('pwj_shop_orders').values({ id }).execute();
  const receipts = async (id: string) => (await jobs.getJobReceipts(id)).map(({ key, state }) => `${key} ${state}`);

  const sell = (work: (job: RunningJob, attempt: number) => unknown) =>
    ctx.registerProcessor('sell', (_data, _id, attempt, job) => work(job, attempt), { retryDelay: 1_000 });

  beforeEach(async () => {
    const shop = definePlugin({
      name: 'shop',
      migrations: MIGRATIONS,
      init: (context) => {
        ctx = context as unknown as PluginContext;
        context.registerProcessor('mail', async () => ({ success: true }));
      },
    });
    const database = where === 'in a file' ? `sqlite:${await temporaryFolder()}/site.db` : await testDatabase();
    jobs = await createTestJobs({ database, plugins: { shop: { use: shop } } });
  });
  afterEach(() => jobs[Symbol.asyncDispose]());

  test(`${where}: rows, added jobs, receipts and the outcome are one commit, and what is returned after it is ignored`, async () => {
    let steps = 0;
    sell(async (job) => {
      job.log.info('selling');
      const answer = await job.transaction(async (trx) => {
        await order(trx, 1);
        await order(ctx.db, 2);
        await ctx.addJob({ type: 'mail', data: {} });
        await job.once('count', () => ++steps);
        job.complete({ sold: 2 });
        return 'done';
      });
      return { success: false, error: `returned after ${answer}` };
    });
    const done = await jobs.perform('sell', {});
    await jobs.idle();
    expect([done.outcome, done.job.result, done.logs.map(({ message }) => message)]).toEqual([
      'completed',
      { sold: 2 },
      ['selling'],
    ]);
    expect([await orders(), steps, await receipts(done.job.id)]).toEqual([[1, 2], 1, ['count done']]);
    expect(await jobs.getQueueMetrics()).toMatchObject({ completed: 2, processing: 0, total: 2 });
    expect(jobs.events.filter(({ jobId }) => jobId === done.job.id).map(({ event }) => event)).toEqual([
      'job_added',
      'job_started',
      'job_completed',
    ]);
    expect(jobs.log.filter((line) => line.includes('is ignored: returned after done'))).toHaveLength(1);
  });

  test(`${where}: an error undoes all of it, and the next attempt does it again`, async () => {
    let steps = 0;
    sell((job, attempt) =>
      job.transaction(async (trx) => {
        await order(trx, 1);
        await ctx.addJob({ type: 'mail', data: {} });
        await job.once('count', () => ++steps);
        job.complete();
        if (attempt === 1) throw new Error('changed my mind');
      }),
    );
    const { id } = await jobs.addJob({ type: 'sell', data: {} });
    await jobs.idle();
    expect([await orders(), await receipts(id), (await jobs.getQueueMetrics()).total]).toEqual([[], [], 1]);
    expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'pending', error: 'changed my mind' });
    await jobs.advance(2_000);
    expect([await orders(), await receipts(id), steps]).toEqual([[1], ['count done'], 2]);
    expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', attempt: 2 });
  });

  test(`${where}: without complete() it is a transaction of the attempt, whose receipts it holds`, async () => {
    let steps = 0;
    sell(async (job, attempt) => {
      const n = await job.transaction(async (trx) => {
        return job.once('order', async () => {
          await order(trx, 1);
          steps += 1;
          return steps;
        });
      });
      if (attempt === 1) throw new Error('later');
      return { n };
    });
    const { id } = await jobs.addJob({ type: 'sell', data: {} });
    await jobs.idle();
    await jobs.advance(2_000);
    expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', attempt: 2, result: { n: 1 } });
    expect([await orders(), steps]).toEqual([[1], 1]);
  });

  test(`${where}: it is undone if the attempt no longer holds its job, and says so`, async () => {
    const errors: unknown[] = [];
    for (const completes of [true, false]) {
      sell((job) =>
        job
          .transaction(async (trx) => {
            await order(trx, 1);
            if (completes) job.complete();
            // As if another process had taken it over.
            await trx.updateTable('pwj_jobs').set({ run: 99 }).where('id', '=', job.id).execute();
          })
          .catch((error: unknown) => void errors.push(error)),
      );
      await jobs.perform('sell', {});
    }
    const lost = { code: 'INVALID_STATE', message: /^job\.transaction\(\): this attempt lost its job/ };
    expect(errors).toMatchObject([lost, lost]);
    expect(await orders()).toEqual([]);
  });

  test(`${where}: one that stays open for 8 s is rolled back, and its attempt fails`, async () => {
    sell((job) =>
      job.transaction(async (trx) => {
        await order(trx, 1);
        job.complete();
        await new Promise((resolve) => jobs.clock.after(9_000, () => resolve(undefined)));
      }),
    );
    const { id } = await jobs.addJob({ type: 'sell', data: {}, maxRetries: 0 });
    await jobs.running(id);
    await jobs.clock.advance(10_000);
    await jobs.idle();
    expect(await jobs.getJobStatus(id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('it was open for 8 s'),
    });
    expect(await orders()).toEqual([]);
  });

  test(`${where}: the next job of its key runs after the commit`, async () => {
    const began: number[] = [];
    ctx.registerProcessor(
      'pay',
      async ({ n }: { n: number }, _id, _attempt, job) => {
        began.push(n);
        await job.transaction(async () => job.complete());
      },
      { key: ['customer'], limit: { concurrency: 2, by: 'customer' } },
    );
    for (const n of [1, 2, 3]) await jobs.addJob({ type: 'pay', data: { customer: 7, n } });
    await jobs.idle();
    expect([began, (await jobs.getQueueMetrics()).completed]).toEqual([[1, 2, 3], 3]);
  });

  test(`${where}: complete() is refused outside, for a failure, and for what cannot be stored`, async () => {
    const refused: unknown[] = [];
    const tries = async (job: RunningJob, ...results: unknown[]) => {
      for (const result of results) refused.push(await refusalOf(() => job.complete(result)));
    };
    sell(async (job) => {
      await tries(job, {});
      await ctx.db.transaction().execute(() => tries(job, {}));
      await job.transaction(async () => {
        await tries(job, { success: false, error: 'no' }, 1n, 'x'.repeat(2_000_000));
        refused.push(await refusalOf(() => job.transaction(async () => {})));
        job.complete(1);
        job.complete({ success: true, message: 'the last one counts' });
      });
      refused.push(await refusalOf(() => job.transaction(async () => {})));
      refused.push(await refusalOf(() => job.once('late', () => {})));
    });
    const { outcome, job } = await jobs.perform('sell', {});
    expect([outcome, job.result, job.message]).toEqual(['completed', null, 'the last one counts']);
    expect(refused).toMatchObject([
      { code: 'INVALID_STATE', message: /works inside the callback/ },
      { code: 'INVALID_STATE', message: /works inside the callback/ },
      { code: 'INVALID_DATA', message: /completes the job/ },
      { code: 'INVALID_DATA', message: /BigInt/ },
      { code: 'INVALID_DATA', message: /result/ },
      { code: 'INVALID_STATE', message: /inside an open transaction of the plugin "shop"/ },
      { code: 'INVALID_STATE', message: /the attempt has ended/ },
      { code: 'INVALID_STATE', message: /the attempt has ended/ },
    ]);
  });
}
