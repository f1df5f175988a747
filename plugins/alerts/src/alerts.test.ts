// Alerts: a mail and a webhook for each cause, once, a reminder while it lasts, and the all-clear.

import { definePlugin } from '@phraseworks/sdk';
import { pluginContract, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { backup, HOUR, later, MINUTE, RAISED, receiver, site } from '../test/kit.ts';
import alerts from './index.ts';

const CLEARED = '[PhraseWorks Jobs] All clear: backup: jobs failed';

pluginContract(alerts);

test('a failed backup sends a mail, and the next good one sends the all-clear', async () => {
  const state: { broken?: string | undefined } = { broken: 'EACCES: the folder cannot be written' };
  await using jobs = await site(state);
  await jobs.addJob(backup);
  await jobs.advance(10_000);
  expect(await jobs.subjects()).toEqual([RAISED]);
  const { messages } = (await (await jobs.request('/plugins/email/mailbox')).json()) as { messages: { id: string }[] };
  const text = await (await jobs.request(`/plugins/email/mailbox/${messages[0]?.id}/raw`)).text();
  expect(text).toContain('EACCES: the folder cannot be written');

  state.broken = undefined;
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toEqual([RAISED, CLEARED]);
  await later(jobs, 2 * HOUR);
  expect(await jobs.subjects()).toHaveLength(2);
});

test('a thousand failures are one message, which is repeated with their number while they last', async () => {
  await using hook = await receiver(200);
  const webhooks = [{ name: 'ops', url: hook.url }];
  await using jobs = await site({ broken: 'no' }, { webhooks, remind: '2 hours' }, { queue: { maxQueueSize: 5_000 } });
  await jobs.addJobs(Array.from({ length: 1_000 }, () => backup));
  await jobs.idle();
  await jobs.advance(MINUTE);
  await jobs.sent();
  await later(jobs, 1.5 * HOUR);
  expect(await jobs.subjects()).toEqual([RAISED]);
  await later(jobs, HOUR);
  expect(await jobs.subjects()).toEqual([RAISED, '[PhraseWorks Jobs] Still: backup: jobs failed']);
  const bodies = hook.got.map(({ body }) => JSON.parse(body) as { kind: string; count: number });
  expect(bodies.map(({ kind, count }) => [kind, count])).toEqual([
    ['raised', 1_000],
    ['reminder', 1_000],
  ]);
});

test('a type with a count raises its alert at the last failure within the time', async () => {
  await using jobs = await site({ broken: 'no' }, { failed: [{ type: 'backup', count: 3, within: '10 minutes' }] });
  await jobs.addJob(backup);
  await jobs.addJob(backup);
  await jobs.advance(11 * MINUTE);
  await jobs.addJob(backup);
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toEqual([]);
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toEqual([RAISED]);
});

test('a job that alternates between failure and success is reported three times an hour, then after a quiet hour', async () => {
  const state: { broken?: string | undefined } = {};
  await using jobs = await site(state);
  for (let n = 0; n < 10; n += 1) {
    for (const broken of ['no', undefined]) {
      state.broken = broken;
      await jobs.addJob(backup);
      await jobs.advance(2 * MINUTE);
      await jobs.sent();
    }
  }
  const early = await jobs.subjects();
  expect(early).toEqual([RAISED, CLEARED, RAISED, CLEARED, RAISED]);
  await later(jobs, HOUR);
  expect(await jobs.subjects()).toEqual([...early, CLEARED]);
});

test('a retry that succeeds raises no alert, and neither do failures from before the first start', async () => {
  await using jobs = await site(
    { broken: 'no' },
    {},
    { plugins: { alerts: { use: alerts, enabled: false, config: { mail: ['admin@example.test'] } } } },
  );
  await jobs.addJob(backup);
  await jobs.idle();
  await jobs.advance(MINUTE);
  await jobs.plugins.enable('alerts');
  await jobs.addJob({
    type: 'email',
    data: { to: 'flaky@example.test', subject: 'Hi', text: 'Hello' },
    retryDelay: 2_000,
  });
  await jobs.advance(5 * MINUTE);
  expect((await jobs.subjects()).filter((subject) => subject !== 'Hi')).toEqual([]);
});

test('26 hours without a verified backup raise an alert; an incomplete one does not end it, and a verified one does', async () => {
  const state: { result?: object } = { result: { state: 'verified' } };
  await using jobs = await site(state);
  await jobs.addJob(backup);
  await jobs.advance(HOUR);
  state.result = { state: 'incomplete' };
  await later(jobs, 20 * HOUR);
  await jobs.addJob(backup);
  await later(jobs, 4 * HOUR);
  expect(await jobs.subjects()).toEqual([]);
  await later(jobs, 2 * HOUR);
  const about = 'backup with {"state":"verified"}: no success';
  expect(await jobs.subjects()).toEqual([`[PhraseWorks Jobs] Alert: ${about}`]);
  state.result = { state: 'verified' };
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toEqual([
    `[PhraseWorks Jobs] Alert: ${about}`,
    `[PhraseWorks Jobs] All clear: ${about}`,
  ]);
});

/** Two schedules whose jobs have the same type; `run` runs one of them now. */
async function twoSchedules(jobs: TestJobs) {
  for (const name of ['database', 'files']) await jobs.scheduleJob({ name, schedule: '0 1 1 7 *', jobData: backup });
  return async (name: string) => {
    await jobs.request(`/api/schedules/${name}/run`, { method: 'POST' });
    await jobs.advance(MINUTE);
  };
}

test('a failed backup of one schedule is not over when that of another schedule completes', async () => {
  const state: { broken?: string | undefined } = { broken: 'no' };
  await using jobs = await site(state);
  const run = await twoSchedules(jobs);
  await run('database');
  const about = 'backup (database): jobs failed';
  expect(await jobs.subjects()).toEqual([`[PhraseWorks Jobs] Alert: ${about}`]);
  state.broken = undefined;
  await run('files');
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toHaveLength(1);
  await run('database');
  expect((await jobs.subjects()).slice(1)).toEqual([`[PhraseWorks Jobs] All clear: ${about}`]);
});

test('a success that is asked of one schedule is not given by another', async () => {
  const success = [{ type: 'backup', schedule: 'database', within: '26 hours' }];
  await using jobs = await site({}, { success });
  const run = await twoSchedules(jobs);
  await jobs.advance(MINUTE);
  await later(jobs, 25 * HOUR);
  await run('files');
  await later(jobs, 2 * HOUR);
  expect(await jobs.subjects()).toEqual(['[PhraseWorks Jobs] Alert: backup (database): no success']);
});

test('a plugin that has failed for five minutes raises an alert, which ends when it is on', async () => {
  let broken = true;
  const shop = definePlugin({
    name: 'shop',
    init() {
      if (broken) throw new Error('a mistake');
    },
  });
  await using jobs = await site({}, {}, { plugins: { shop: { use: shop } }, onPluginFailure: 'continue' });
  await jobs.advance(4 * MINUTE);
  expect(await jobs.subjects()).toEqual([]);
  await jobs.advance(3 * MINUTE);
  expect(await jobs.subjects()).toEqual(['[PhraseWorks Jobs] Alert: shop: the plugin failed']);
  broken = false;
  await jobs.plugins.enable('shop');
  await jobs.advance(2 * MINUTE);
  expect(await jobs.subjects()).toHaveLength(2);
});

/** Jobs that run until their process stops. */
const endless = {
  use: definePlugin({
    name: 'endless',
    init: (ctx) => {
      const run = (_data: unknown, _id: string, _attempt: number, { signal }: { signal: AbortSignal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      ctx.registerProcessor('endless', run as never, { timeout: 86_400_000 });
    },
  }),
};

/** Fills every slot of a site with `maxConcurrentJobs: 2`. */
async function fill(jobs: TestJobs): Promise<void> {
  const added = await jobs.addJobs([1, 2].map(() => ({ type: 'endless', data: {} })));
  for (const { id } of added) await jobs.running(id);
}

test('an alert arrives while all slots are busy with jobs that never end', async () => {
  await using hook = await receiver(200);
  const more = { plugins: { endless }, queue: { maxConcurrentJobs: 2 } };
  await using jobs = await site({ broken: 'no' }, { webhooks: [{ name: 'ops', url: hook.url }] }, more);
  await jobs.addJob(backup);
  await jobs.idle();
  await fill(jobs);
  await jobs.advance(10_000);
  await expect.poll(() => hook.got.length).toBe(1);
  await expect
    .poll(async () => (await jobs.messages()).map(([, , , by, , state]) => [by, state]))
    .toEqual(
      expect.arrayContaining([
        ['mail', 'sent'],
        ['webhook', 'sent'],
      ]),
    );
});

test('jobs that wait while none finishes raise an alert, which ends when one finishes', async () => {
  await using jobs = await site({}, {}, { plugins: { endless }, queue: { maxConcurrentJobs: 2 } });
  await jobs.advance(MINUTE);
  await fill(jobs);
  await jobs.addJob(backup);
  const mails = () => jobs.mails();
  await jobs.pass(10 * MINUTE);
  expect(await mails()).toEqual([]);
  await jobs.pass(6 * MINUTE);
  await expect.poll(mails, { timeout: 20_000 }).toEqual(['[PhraseWorks Jobs] Alert: queue: no job has run']);
  const { jobs: running } = await jobs.listJobs({ status: 'processing' });
  for (const { id } of running) await jobs.cancelJob(id);
  await jobs.advance(MINUTE);
  await jobs.advance(MINUTE);
  await expect
    .poll(mails)
    .toEqual([
      '[PhraseWorks Jobs] Alert: queue: no job has run',
      '[PhraseWorks Jobs] All clear: queue: no job has run',
    ]);
});

test('a site without backups gets no alert about them', async () => {
  await using jobs = await site({}, {}, { plugins: { backups: false } });
  await later(jobs, 50 * HOUR);
  expect(await jobs.subjects()).toEqual([]);
});

test('a run whose job is parked for hours counts as a missed schedule', async () => {
  await using jobs = await site({});
  await jobs.scheduleJob({ name: 'nightly', schedule: '0 1 * * *', jobData: backup });
  await jobs.plugins.disable('backups');
  await jobs.advance(HOUR);
  await later(jobs, 5 * HOUR);
  expect(await jobs.subjects()).toEqual([]);
  await later(jobs, 2 * HOUR);
  expect(await jobs.subjects()).toEqual(['[PhraseWorks Jobs] Alert: nightly: schedule did not run']);
  await jobs.plugins.enable('backups');
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toEqual([
    '[PhraseWorks Jobs] Alert: nightly: schedule did not run',
    '[PhraseWorks Jobs] All clear: nightly: schedule did not run',
  ]);
});
