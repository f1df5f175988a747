// Metrics over time in a whole instance: counting, storing, and the answers for charts.
import { definePlugin, Figures, type FiguresBetween } from '@phraseworks/sdk';
import { pluginContract, type TestJobs } from '@phraseworks/testing';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { sharedDatabase } from '../../../test/support/database.ts';
import { history, open, rename, type Site, TABLE, waiting } from '../test/kit.ts';
import { HOUR, MINUTE, QUARTER } from './history.ts';
import metrics from './index.ts';

pluginContract(metrics);

type Row = Record<string, number | string | null>;

/** The sums over all points. */
async function sums(jobs: TestJobs, type?: string) {
  const { points } = await history(jobs, type);
  const sum = (name: 'added' | 'completed' | 'failed' | 'retried') =>
    points.reduce((all, point) => all + point[name], 0);
  return { added: sum('added'), completed: sum('completed'), failed: sum('failed'), retried: sum('retried') };
}

/** Rows with figures: one without any says since when they are kept. */
const stored = async ({ db }: Site): Promise<Row[]> => {
  const rows: Row[] = await db.selectFrom(TABLE).selectAll().orderBy('span').execute();
  return rows.filter(({ span: _span, type: _type, at: _at, ...sums }) => Object.values(sums).some((n) => n !== null));
};
const flushes = async ({ db }: Site) => (await db.selectFrom('pwj_metrics_flushes').selectAll().execute()).length;

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test('events show at once, by type and overall', async () => {
  const jobs = await open();
  for (const type of ['ok', 'ok', 'bad']) await jobs.addJob({ type, data: {} });
  await jobs.idle();
  expect(await sums(jobs)).toEqual({ added: 3, completed: 2, failed: 1, retried: 0 });
  expect(await sums(jobs, 'ok')).toEqual({ added: 2, completed: 2, failed: 0, retried: 0 });
  expect((await history(jobs)).types).toEqual(['bad', 'ok']);
  expect(await stored(jobs)).toEqual([]);
});

test('the counts of every type come with the total, stored or not', async () => {
  const jobs = await open();
  for (const type of ['ok', 'bad']) await jobs.addJob({ type, data: {} });
  await jobs.idle();
  await jobs.advance(2 * MINUTE);
  await jobs.addJob({ type: 'ok', data: {} });
  await jobs.idle();
  const { byType } = await history(jobs);
  expect(byType).toMatchObject({ ok: { added: 2, completed: 2, failed: 0 }, bad: { added: 1, failed: 1 } });
  expect((await history(jobs, 'ok')).byType).toEqual({});
});

test('counts are stored a minute later, once, and after the next minute nothing more is written', async () => {
  const jobs = await open();
  await jobs.addJob({ type: 'ok', data: {} });
  await jobs.idle();
  await jobs.advance(MINUTE + 3_000);
  const rows = await stored(jobs);
  expect(rows.filter(({ type }) => type === 'ok').map(({ span }) => Number(span))).toEqual([0, MINUTE, QUARTER]);
  expect(await flushes(jobs)).toBe(1);
  await jobs.advance(30 * MINUTE);
  expect(await flushes(jobs)).toBe(1);
  expect(await sums(jobs)).toEqual({ added: 1, completed: 1, failed: 0, retried: 0 });
});

test('two processes add to the same rows', async () => {
  const database = await sharedDatabase();
  const one = await open({ database });
  const two = await open({ database });
  for (const jobs of [one, two, two]) await jobs.addJob({ type: 'ok', data: {}, delay: HOUR });
  await Promise.all([one, two].map((jobs) => jobs.plugins.disable('metrics')));
  await one.plugins.enable('metrics');
  expect(await sums(one, 'ok')).toMatchObject({ added: 3 });
  expect(await sums(one)).toMatchObject({ added: 3 });
});

test('waiting jobs show in each minute until none waits', async () => {
  const jobs = await open();
  await jobs.addJob({ type: 'ok', data: {}, delay: 3 * MINUTE + 30_000 });
  await jobs.advance(10 * MINUTE);
  for (const type of [undefined, 'ok']) expect(await waiting(jobs, 11, type)).toEqual([1, 1, 1, ...Array(8).fill(0)]);
});

test('parked jobs still show as waiting', async () => {
  const owner = definePlugin({
    name: 'owner',
    init: (ctx) => void ctx.registerProcessor('owned', async () => ({ success: true })),
  });
  const jobs = await open({ plugins: { owner: { use: owner } } });
  await jobs.addJob({ type: 'owned', data: {}, delay: HOUR });
  await jobs.advance(2 * MINUTE + 10_000);
  await jobs.plugins.disable('owner');
  await jobs.advance(4 * MINUTE);
  for (const type of [undefined, 'owned']) expect(await waiting(jobs, 7, type)).toEqual([1, 1, 1, 1, 1, 1, 1]);
});

test('old minutes are removed, later the quarters of an hour, and totals stay', async () => {
  const jobs = await open({ config: { retention: 10 * MINUTE, keepFigures: 70 } });
  await jobs.addJob({ type: 'ok', data: {} });
  await jobs.advance(2 * HOUR);
  const spans = async () => [...new Set((await stored(jobs)).map(({ span }) => Number(span)))];
  expect(await spans()).toEqual([0, QUARTER]);
  jobs.clock.jump(71 * 24 * HOUR);
  await jobs.advance(2 * HOUR);
  expect(await spans()).toEqual([0]);
  const { added } = (await stored(jobs)).find(({ type }) => type === 'ok') as Row;
  expect(Number(added)).toBe(1);
  expect(await flushes(jobs)).toBe(0);
});

test('counts that cannot be written are kept, shown, and written later, once', async () => {
  const jobs = await open();
  await jobs.addJob({ type: 'ok', data: {} });
  await jobs.idle();
  await rename(jobs, TABLE, 'gone');
  await jobs.advance(3 * MINUTE);
  expect(jobs.log.join()).toContain('cannot be written now and are kept: ');
  await jobs.addJob({ type: 'ok', data: {} });
  await rename(jobs, 'gone', TABLE);
  await jobs.idle();
  expect(await sums(jobs)).toMatchObject({ added: 2, completed: 2 });
  await jobs.advance(2 * MINUTE);
  expect(await sums(jobs)).toMatchObject({ added: 2, completed: 2 });
  const [ever] = (await stored(jobs)).filter(({ type, span }) => type === 'ok' && Number(span) === 0);
  expect(Number(ever?.added)).toBe(2);
});

test('the figures of some types together are those of each, and 99 % stay below p99', async () => {
  const jobs = await open();
  jobs.registerProcessor('slow', async () => ({ success: true }));
  const data = {};
  await jobs.addJobs([
    ...['ok', 'ok', 'bad', 'slow'].map((type) => ({ type, data })),
    { type: 'ok', data, delay: HOUR },
  ]);
  await jobs.addJob({ type: 'bad', data, delay: HOUR });
  await jobs.idle();
  const { total, points, byType } = await history(jobs, 'ok&type=bad');
  expect(total).toMatchObject({ added: 5, completed: 2, failed: 1, pending: 2 });
  expect(points.at(-1)).toMatchObject({ added: 5, pending: 2 });
  expect(Object.keys(byType).sort()).toEqual(['bad', 'ok']);
  const { total: all } = await history(jobs);
  expect(all.runP99).toBeGreaterThanOrEqual(all.runP95 ?? Number.NaN);
});

test('a delayed job run at once has not waited for its delay', async () => {
  const jobs = await open();
  const { id } = await jobs.addJob({ type: 'ok', data: {}, delay: HOUR });
  await jobs.advance(10 * MINUTE);
  await jobs.runJob(id);
  await jobs.idle();
  const { points } = await history(jobs, 'ok');
  expect(Math.max(...points.map(({ waitP95 }) => waitP95 ?? 0))).toBeLessThan(1_000);
});

test('when disabled it has written everything, and then writes nothing', async () => {
  const jobs = await open();
  await jobs.addJob({ type: 'ok', data: {} });
  await jobs.idle();
  await jobs.plugins.disable('metrics');
  const rows = await stored(jobs);
  expect(rows.find(({ type, span }) => type === 'ok' && Number(span) === 0)).toMatchObject({ added: 1, completed: 1 });
  expect((await jobs.request('/api/metrics/history')).status).toBe(404);
  await jobs.addJob({ type: 'ok', data: {} });
  await jobs.advance(10 * MINUTE);
  expect(await stored(jobs)).toEqual(rows);
});

test('a job that another plugin added before this one was on is counted', async () => {
  const early = definePlugin({
    name: 'early',
    async init(ctx) {
      ctx.registerProcessor('early', async () => ({ success: true }));
      await ctx.addJob({ type: 'early', data: {} });
    },
  });
  const jobs = await open({ plugins: { early: { use: early } } });
  await jobs.idle();
  expect(await sums(jobs, 'early')).toMatchObject({ added: 1, completed: 1 });
});

/** By how many rows the table changed with each step of a clock that goes on. */
async function steps(jobs: Site): Promise<number[]> {
  const rows = async () =>
    Number((await jobs.db.selectFrom(TABLE).select(sql`count(*)`.as('n')).executeTakeFirstOrThrow()).n);
  const counts = [await rows()];
  await jobs.advance(990);
  for (let i = 0; i < 12; i += 1) {
    await jobs.advance(10);
    counts.push(await rows());
  }
  return counts.slice(1).flatMap((n, i) => (n === counts[i] ? [] : [n - (counts[i] as number)]));
}

test('old minutes are removed in short passes', async () => {
  const jobs = await open({ config: { retention: 10 * MINUTE } });
  await jobs.advance(MINUTE / 2);
  await jobs.addJob({ type: 'ok', data: {} });
  await jobs.plugins.disable('metrics');
  const old = jobs.clock.now() - 10_000 * MINUTE;
  for (let from = 0; from < 1_200; from += 100)
    await jobs.db
      .insertInto(TABLE)
      .values(Array.from({ length: 100 }, (_, i) => ({ span: MINUTE, type: 'ok', at: old + (from + i) * MINUTE })))
      .execute();
  await jobs.plugins.enable('metrics');
  expect(await steps(jobs)).toEqual([-500, -500, -200]);
});

test('a failed write is retried after a pause, without a log line', async () => {
  const jobs = await open();
  await jobs.addJob({ type: 'ok', data: {} });
  await jobs.idle();
  await rename(jobs, TABLE, 'gone');
  const answer = jobs.request('/metrics');
  await jobs.advance(40);
  await rename(jobs, 'gone', TABLE);
  await jobs.advance(1_000);
  expect(await (await answer).text()).toContain('phraseworks_jobs_added_total{type="ok"} 1');
  expect(jobs.log.join()).not.toContain('cannot be written');
});

test('counts that cannot be written at the stop are logged as lost', async () => {
  const jobs = await open();
  await jobs.addJob({ type: 'ok', data: {} });
  await jobs.idle();
  await rename(jobs, TABLE, 'gone');
  await jobs.plugins.disable('metrics');
  expect(jobs.log.join()).toContain('could not be written at the stop and are lost: ');
  expect(jobs.log.join()).not.toContain('are kept');
});

test('a stop waits two seconds for a database that does not answer', async () => {
  const database = await sharedDatabase();
  const jobs = await open({ database });
  const other = await open({ database, enabled: false });
  await jobs.addJob({ type: 'ok', data: {} });
  await jobs.idle();
  const { promise: over, resolve: free } = deferred();
  const { promise: begun, resolve: begin } = deferred();
  const held = other.db.transaction().execute(async (trx) => {
    await trx.insertInto(TABLE).values({ span: 0, type: 'ok', at: 0 }).execute();
    begin();
    await over;
  });
  await begun;
  const stopped = jobs.plugins.disable('metrics');
  const lines = async () => {
    await jobs.clock.advance(100);
    return jobs.log.join();
  };
  await expect.poll(lines, { interval: 10 }).toContain('the database did not answer within 2 s');
  free();
  await held;
  await jobs.clock.advance(5_000);
  await stopped;
});

/** What the service says of the hours since the start, to a plugin that needs it. */
async function asked(...hours: number[]): Promise<{ jobs: TestJobs; read: () => Promise<FiguresBetween> }> {
  let read = (): Promise<FiguresBetween> => Promise.reject(new Error('the plugin is not on'));
  const reader = definePlugin({
    name: 'reader',
    needs: { figures: Figures },
    init(ctx) {
      const start = ctx.clock.now();
      read = () => ctx.needs.figures.between(hours.map((hour) => start + hour * HOUR));
    },
  });
  const jobs = await open({ plugins: { reader: { use: reader } } });
  return { jobs, read };
}

test('another plugin reads sums of stretches of time, with reasons and the slowest jobs', async () => {
  const { jobs, read } = await asked(0, 1, 2, 3);
  jobs.registerProcessor(
    'slow',
    async ({ ms }) => {
      await new Promise((resolve) => jobs.clock.after(ms, () => resolve(null)));
    },
    { summary: ({ ms }) => `takes ${ms}` },
  );
  await jobs.addJobs([
    { type: 'ok', data: {} },
    { type: 'bad', data: {} },
    { type: 'bad', data: {} },
  ]);
  await jobs.advance(90 * MINUTE);
  for (const ms of [2_400, 1_000]) {
    const { id } = await jobs.addJob({ type: 'slow', data: { ms } });
    await jobs.running(id);
    await jobs.clock.advance(ms);
    await jobs.idle();
  }
  const { since, stretches, total, byType, reasons, slowest } = await read();
  expect(since).toBeLessThanOrEqual(jobs.clock.now());
  expect(stretches.map(({ completed, failed }) => [completed, failed])).toEqual([
    [1, 2],
    [2, 0],
    [0, 0],
  ]);
  expect(total).toMatchObject({ added: 5, completed: 3, failed: 2 });
  expect([...byType.keys()].sort()).toEqual(['bad', 'ok', 'slow']);
  expect(reasons).toEqual([{ type: 'bad', reason: 'no', failed: 2, retried: 0 }]);
  expect(slowest.slice(0, 2)).toMatchObject([
    { type: 'slow', about: 'takes 2400', ms: 2_400 },
    { type: 'slow', about: 'takes 1000', ms: 1_000 },
  ]);
  const { runP50, runP95 } = byType.get('slow') ?? {};
  expect(runP95).toBeLessThanOrEqual(2_400);
  expect(runP50).toBeLessThanOrEqual(runP95 ?? 0);
});

test('a user who may view only some jobs gets no metrics, and an invalid query is reported by name', async () => {
  const jobs = await open();
  const answer = await jobs.request('/api/metrics/history?minutes=20161');
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'minutes' }] });
  expect((await jobs.request('/api/metrics/history', { as: 'anonymous' })).status).toBe(401);
  const limited = await open({ authorize: () => ({ user: 'ada', where: { types: ['ok'] } }) });
  expect((await limited.request('/api/metrics/history')).status).toBe(403);
});
