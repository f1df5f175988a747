// How many jobs waited in each minute: through stops, lost minutes and changes that no event reports.
import { definePlugin } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { expect, test } from 'vitest';
import { sharedDatabase } from '../../../test/support/database.ts';
import { open, rename, TABLE, waiting } from '../test/kit.ts';
import { HOUR, MINUTE } from './history.ts';

test('waiting jobs show in minutes that could not be recorded, until none waits', async () => {
  const jobs = await open();
  await jobs.addJob({ type: 'ok', data: {}, delay: 9 * MINUTE });
  await jobs.advance(2 * MINUTE);
  await rename(jobs, TABLE, 'gone');
  for (let minute = 0; minute < 4; minute += 1) {
    await jobs.cancelJob((await jobs.addJob({ type: 'ok', data: {}, delay: HOUR })).id);
    await jobs.advance(MINUTE);
  }
  await rename(jobs, 'gone', TABLE);
  await jobs.advance(6 * MINUTE);
  const [now] = await waiting(jobs, 1);
  expect(now).toBe(0);
  for (const type of [undefined, 'ok'])
    expect((await waiting(jobs, 13, type)).map((n) => n > 0)).toEqual([
      ...Array(9).fill(true),
      ...Array(4).fill(false),
    ]);
});

test('waiting jobs show through hours in which no process ran', async () => {
  const database = await sharedDatabase();
  const one = await open({ database });
  await one.addJob({ type: 'ok', data: {}, delay: 100 * HOUR });
  await one.advance(2 * MINUTE);
  await one.plugins.disable('metrics');
  await one.clock.advance(4 * HOUR);
  await one.plugins.enable('metrics');
  for (const [minutes, points] of [
    [60, 60],
    [10_080, 4],
  ] as const) {
    const answer = await one.request(`/api/metrics/history?minutes=${minutes}`);
    const { points: all } = (await answer.json()) as MetricsHistory;
    expect(all.slice(-points).map(({ pending }) => pending)).toEqual(Array(points).fill(1));
  }
});

test('a backlog that ended within its minute does not show in later ones', async () => {
  const jobs = await open();
  await jobs.advance(3 * MINUTE - 1_000);
  await jobs.cancelJob((await jobs.addJob({ type: 'ok', data: {}, delay: HOUR })).id);
  await jobs.advance(1_200);
  await jobs.addJob({ type: 'ok', data: {}, delay: 20_000 });
  await jobs.advance(5 * MINUTE);
  for (const type of [undefined, 'ok']) expect(await waiting(jobs, 6, type)).toEqual([1, 0, 0, 0, 0, 0]);
});

test('a backlog that ended while nothing was counted does not show after the next start', async () => {
  const jobs = await open();
  const { id } = await jobs.addJob({ type: 'ok', data: {}, delay: 100 * HOUR });
  await jobs.advance(2 * MINUTE);
  await jobs.plugins.disable('metrics');
  await jobs.deleteJob(id);
  await jobs.plugins.enable('metrics');
  await jobs.advance(5 * MINUTE);
  for (const type of [undefined, 'ok']) expect(await waiting(jobs, 4, type)).toEqual([0, 0, 0, 0]);
});

test('a backlog that ended before a stop in its minute does not show until the next start', async () => {
  const jobs = await open();
  await jobs.advance(10_000);
  const { id } = await jobs.addJob({ type: 'ok', data: {}, delay: HOUR });
  await jobs.request('/metrics');
  await jobs.cancelJob(id);
  await jobs.advance(10_000);
  await jobs.plugins.disable('metrics');
  await jobs.advance(4 * MINUTE);
  await jobs.plugins.enable('metrics');
  for (const type of [undefined, 'ok']) expect(await waiting(jobs, 5, type)).toEqual([1, 0, 0, 0, 0]);
});

test('a backlog that ended during a stop within a minute shows no longer than that', async () => {
  const jobs = await open();
  await jobs.advance(10_000);
  const { id } = await jobs.addJob({ type: 'ok', data: {}, delay: HOUR });
  await jobs.plugins.disable('metrics');
  await jobs.advance(10_000);
  await jobs.deleteJob(id);
  await jobs.plugins.enable('metrics');
  await jobs.advance(4 * MINUTE);
  for (const type of [undefined, 'ok']) expect(await waiting(jobs, 5, type)).toEqual([1, 0, 0, 0, 0]);
});

test('a backlog that lasts through a stop within a minute goes on showing', async () => {
  const jobs = await open();
  await jobs.advance(10_000);
  for (let n = 0; n < 2; n += 1) await jobs.addJob({ type: 'ok', data: {}, delay: HOUR });
  await jobs.plugins.disable('metrics');
  await jobs.advance(10_000);
  await jobs.plugins.enable('metrics');
  await jobs.advance(4 * MINUTE);
  for (const type of [undefined, 'ok']) expect(await waiting(jobs, 5, type)).toEqual([2, 2, 2, 2, 2]);
});

test('parked jobs no longer show as waiting', async () => {
  const owner = definePlugin({
    name: 'owner',
    init: (ctx) => void ctx.registerProcessor('owned', async () => ({ success: true })),
  });
  const jobs = await open({ plugins: { owner: { use: owner } } });
  await jobs.addJob({ type: 'owned', data: {}, delay: HOUR });
  await jobs.advance(3 * MINUTE);
  await jobs.plugins.disable('owner');
  await jobs.advance(5 * MINUTE);
  for (const type of [undefined, 'owned']) expect(await waiting(jobs, 9, type)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0]);
});

test('deleted jobs no longer show and returning ones do, although no event reports it', async () => {
  const jobs = await open();
  const { id } = await jobs.addJob({ type: 'ok', data: {}, delay: HOUR });
  await jobs.advance(2 * MINUTE);
  await jobs.deleteJob(id);
  await jobs.advance(2 * MINUTE);
  expect(await waiting(jobs, 8, 'ok')).toEqual([0, 0, 0, 1, 1, 0, 0, 0]);
  await jobs.pauses.pause({ kind: 'type', name: 'ok' });
  await jobs.addJob({ type: 'ok', data: {}, delay: HOUR });
  await jobs.advance(MINUTE + 10_000);
  await jobs.pauses.resume('type', 'ok');
  await jobs.advance(2 * MINUTE);
  expect(await waiting(jobs, 8, 'ok')).toEqual([1, 1, 0, 0, 0, 1, 1, 1]);
});

test('a job added just after the end of a minute shows as waiting from then on', async () => {
  const jobs = await open();
  await jobs.advance(3 * MINUTE - 1_000);
  await jobs.cancelJob((await jobs.addJob({ type: 'ok', data: {}, delay: HOUR })).id);
  await jobs.advance(1_200);
  await jobs.addJob({ type: 'ok', data: {}, delay: HOUR });
  await jobs.advance(4 * MINUTE);
  for (const type of [undefined, 'ok']) expect(await waiting(jobs, 5, type)).toEqual([1, 1, 1, 1, 1]);
});
