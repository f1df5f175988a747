// Transactions of plugins: what joins them, what they refuse, when their jobs start, and that none of them can stop the site.
import { addJob, definePlugin, type PluginContext, token } from '@phraseworks/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestJobs, type TestJobs } from '../../testing/src/create-test-jobs.ts';
import { onMysql, testDatabase } from '../../testing/src/test-database.ts';
import { temporaryFolder } from '../support/folder.ts';

type Tables = { pwj_shop_orders: { id: number } };

const Stock = token<{ note(): Promise<unknown> }>('stock/stock');

const MIGRATIONS = {
  '001': {
    up: (db: PluginContext['db']) =>
      db.schema
        .createTable('pwj_shop_orders')
        .addColumn('id', 'integer', (c) => c.primaryKey())
        .execute(),
  },
};

for (const where of onMysql() ? ['on a server'] : ['in memory', 'in a file']) {
  const given = async () => (where === 'in a file' ? `sqlite:${await temporaryFolder()}/site.db` : testDatabase());

  let jobs: TestJobs;
  let ctx: PluginContext;
  let other: PluginContext;

  const orders = async () =>
    (await ctx.db.withTables<Tables>().selectFrom('pwj_shop_orders').select('id').orderBy('id').execute()).map(
      ({ id }) => id,
    );
  const order = (db: PluginContext['db'], id: number) =>
    db.withTables<Tables>().insertInto('pwj_shop_orders').values({ id }).execute();
  const mail = { type: 'mail', data: {} };

  beforeEach(async () => {
    const stock = definePlugin({
      name: 'stock',
      provides: [Stock],
      init: (context) => {
        other = context;
        context.provide(Stock, { note: () => context.addJob({ type: 'mail', data: { by: 'stock' } }) });
        context.registerProcessor('mail', async () => ({ success: true }));
      },
    });
    const shop = definePlugin({
      name: 'shop',
      needs: { stock: Stock },
      migrations: MIGRATIONS,
      init: (context) => {
        ctx = context as unknown as PluginContext;
      },
    });
    jobs = await createTestJobs({
      database: await given(),
      plugins: { stock: { use: stock }, shop: { use: shop } },
    });
  });
  afterEach(() => jobs[Symbol.asyncDispose]());

  test(`${where}: jobs added in a transaction belong to it, however they are added, and run after it`, async () => {
    const ids = await ctx.db.transaction().execute(async (trx) => {
      await order(trx, 1);
      const added = [
        await ctx.addJob(mail, { trx }),
        await ctx.addJob(mail),
        await addJob(mail).catch((error: Error) => error.message),
        await jobs.addJob(mail),
        ...(await ctx.addJobs([mail, { ...mail, delay: 1_000 }])),
        await ctx.needs.stock.note(),
      ];
      return added.map((job) => (typeof job === 'string' ? job : (job as { id: string }).id));
    });
    expect(ids[2]).toContain('outside any job system');
    await jobs.idle();
    expect(await jobs.getQueueMetrics()).toMatchObject({ completed: 5, pending: 1 });
    await jobs.advance(1_000);
    expect(await jobs.getQueueMetrics()).toMatchObject({ completed: 6, pending: 0 });
    expect(await orders()).toEqual([1]);
  });

  test(`${where}: jobs of a transaction that is rolled back never existed`, async () => {
    const failing = ctx.db.transaction().execute(async (trx) => {
      await order(trx, 1);
      await ctx.addJob(mail, { trx });
      await ctx.needs.stock.note();
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await jobs.idle();
    expect([await orders(), (await jobs.listJobs()).jobs, jobs.events]).toEqual([[], [], []]);
  });

  test(`${where}: statements without the transaction join it, also those of another plugin; a second transaction is refused`, async () => {
    const failing = ctx.db.transaction().execute(async () => {
      await order(ctx.db, 1);
      await order(other.db, 2);
      expect(await orders()).toEqual([1, 2]);
      const second = other.db.transaction().execute(async () => {});
      await expect(second).rejects.toMatchObject({
        code: 'INVALID_STATE',
        message: /transaction\(\) inside an open transaction of the plugin "shop"/,
      });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await orders()).toEqual([]);
  });

  test(`${where}: what writes on the queue's own connection is refused at once and named, and what reads works`, async () => {
    const { id } = await jobs.addJob({ ...mail, delay: 60_000 });
    await ctx.scheduleJob({ ...mail, name: 'nightly', schedule: '0 1 * * *' });
    const calls: Record<string, () => Promise<unknown>> = {
      cancelJob: () => ctx.cancelJob(id),
      updateJobProgress: () => ctx.updateJobProgress(id, { percentage: 1 }),
      recordJobMetrics: () => ctx.recordJobMetrics(id, { n: 1 }),
      scheduleJob: () => ctx.scheduleJob({ ...mail, schedule: '0 1 * * *' }),
      unscheduleJob: () => ctx.unscheduleJob('mail'),
      'ctx.request': () => ctx.request('/api/jobs', { method: 'POST' }),
      retryJob: () => jobs.retryJob(id),
      runJob: () => jobs.runJob(id),
      deleteJob: () => jobs.deleteJob(id),
      disablePlugin: () => jobs.plugins.disable('stock'),
      enablePlugin: () => jobs.plugins.enable('stock'),
      configurePlugin: () => jobs.plugins.configure('stock', {}),
      purgePlugin: () => jobs.plugins.purge('stock'),
      pause: () => jobs.pauses.pause({ kind: 'type', name: 'mail' }),
      resume: () => jobs.pauses.resume('type', 'mail'),
      runSchedule: () => jobs.schedules.run('shop/nightly'),
      pauseSchedule: () => jobs.schedules.pause('shop/nightly'),
    };
    await ctx.db.transaction().execute(async () => {
      for (const [name, call] of Object.entries(calls)) {
        const error = await call().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error, name).toMatchObject({ code: 'INVALID_STATE' });
        expect((error as Error).message).toContain(
          `${name}() was called inside an open transaction of the plugin "shop"`,
        );
      }
      expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'pending' });
      expect(await ctx.getQueueMetrics()).toMatchObject({ pending: 1 });
    });
    expect(await ctx.cancelJob(id)).toBe(true);
  });

  test(`${where}: a processor reports progress inside its transaction, and once() is refused there`, async () => {
    let refused: unknown;
    ctx.registerProcessor('sell', async (_data, _id, _attempt, job) => {
      await ctx.db.transaction().execute(async (trx) => {
        await order(trx, 1);
        job.log.info('selling');
        await job.progress({ percentage: 50 });
        await ctx.updateJobProgress(job.id, { percentage: 60 });
        refused = await job.once('pay', () => 1).catch((error: unknown) => error);
      });
    });
    const done = await jobs.perform('sell', {});
    expect([done.outcome, done.progress, done.logs.map(({ message }) => message)]).toEqual([
      'completed',
      { percentage: 60 },
      ['selling'],
    ]);
    expect(refused).toMatchObject({ code: 'INVALID_STATE', message: /^once\(\) was called inside/ });
    expect(await orders()).toEqual([1]);
  });

  test(`${where}: work that goes on after the transaction in which it began is not part of it`, async () => {
    let go = (): void => {};
    const committed = new Promise<void>((resolve) => {
      go = resolve;
    });
    let later: Promise<unknown> = Promise.resolve();
    await ctx.db.transaction().execute(async () => {
      later = committed.then(async () => {
        await ctx.addJob(mail);
        await ctx.unscheduleJob('none');
        await order(ctx.db, 3);
      });
    });
    go();
    await later;
    await jobs.idle();
    expect([await orders(), (await jobs.getQueueMetrics()).completed]).toEqual([[3], 1]);
  });

  test(`${where}: a connection that a plugin keeps takes part in statements, and refuses jobs, which need a transaction`, async () => {
    await ctx.db.connection().execute(async (db) => {
      await order(db, 1);
      await order(ctx.db, 2);
      await expect(ctx.addJob(mail)).rejects.toMatchObject({
        code: 'INVALID_STATE',
        message: /^addJob\(\) was called/,
      });
      await db.transaction().execute(() => ctx.addJob(mail));
    });
    await jobs.idle();
    expect([await orders(), (await jobs.getQueueMetrics()).completed]).toEqual([[1, 2], 1]);
  });

  test(`${where}: the reader of a stream may use the database`, async () => {
    await order(ctx.db, 1);
    await order(ctx.db, 2);
    for await (const { id } of ctx.db.withTables<Tables>().selectFrom('pwj_shop_orders').select('id').stream()) {
      await order(ctx.db, id + 10);
      await ctx.addJob(mail);
    }
    expect(await orders()).toEqual([1, 2, 11, 12]);
  });

  test(`${where}: row locks are the same statements on every engine`, async () => {
    await order(ctx.db, 1);
    const rows = await ctx.db
      .withTables<Tables>()
      .transaction()
      .execute((trx) => trx.selectFrom('pwj_shop_orders').select('id').forUpdate().skipLocked().execute());
    expect(rows).toEqual([{ id: 1 }]);
  });

  test(`${where}: a transaction that stays open is reported with its plugin, then rolled back, and its statements fail`, async () => {
    const opened = open();
    const { trx, done } = await opened;
    await order(trx, 1);
    await ctx.addJob(mail, { trx });
    await jobs.clock.advance(3_000);
    expect(
      jobs.log.filter((line) => line.includes('A transaction of the plugin "shop" has been open for 3 s')),
    ).toHaveLength(1);
    await jobs.clock.advance(5_000);
    const over = {
      code: 'INVALID_STATE',
      message: /The transaction of the plugin "shop" was rolled back: it was open for 8 s/,
    };
    await expect(order(trx, 2)).rejects.toMatchObject(over);
    await expect(ctx.addJob(mail, { trx })).rejects.toMatchObject(over);
    // Others go on while its code still runs.
    await jobs.addJob(mail);
    expect(await orders()).toEqual([]);
    done();
    await expect((await opened).ended).rejects.toMatchObject(over);
    await jobs.idle();
    expect(await jobs.getQueueMetrics()).toMatchObject({ completed: 1, total: 1 });
  });

  test(`${where}: the timeout of a job also ends its transaction`, async () => {
    ctx.registerProcessor(
      'sell',
      () =>
        ctx.db.transaction().execute(async (trx) => {
          await order(trx, 1);
          await new Promise<never>(() => {});
        }),
      { timeout: 1_000 },
    );
    const { id } = await jobs.addJob({ type: 'sell', data: {}, maxRetries: 0 });
    await jobs.running(id);
    await jobs.clock.advance(3_000);
    await jobs.idle();
    expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'failed' });
    expect(await orders()).toEqual([]);
  });

  test(`${where}: stop() ends in time although a transaction stays open, in a job and outside`, async () => {
    ctx.registerProcessor('sell', () => ctx.db.transaction().execute(() => new Promise<never>(() => {})));
    const { id } = await jobs.addJob({ type: 'sell', data: {} });
    await jobs.running(id);
    if (onMysql()) await open();
    else void open();
    const stopped = jobs.stop({ timeout: 1_000 });
    await jobs.clock.advance(7_000);
    await stopped;
  });

  /** A transaction that stays open until the test says so. */
  async function open() {
    let done = (): void => {};
    let ended: Promise<unknown> = Promise.resolve();
    const trx = await new Promise<PluginContext['db']>((resolve, reject) => {
      ended = ctx.db.transaction().execute(async (opened) => {
        resolve(opened);
        await new Promise<void>((over) => {
          done = over;
        });
      });
      ended.catch(reject);
    });
    return { trx, done: () => done(), ended };
  }
}
