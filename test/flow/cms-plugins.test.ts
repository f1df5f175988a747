// Plugins as PhraseWorks has them: camelCase slugs, an init() that its loader calls for every request, hooks that are removed by name.
import { addAction, doAction, registerProcessor, removeAction, scheduleJob } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

test('an init() that runs repeatedly leaves one processor, one schedule and one listener', async () => {
  await using jobs = await createTestJobs({ default: true });
  let heard = 0;
  const onSaved = () => {
    heard += 1;
  };
  const init = async (version: number) => {
    registerProcessor('plugin_task', () => version);
    addAction('post:saved', onSaved);
    await scheduleJob({ name: 'nightly', schedule: '0 3 * * *', type: 'plugin_task', data: {} });
  };
  for (let version = 1; version <= 100; version += 1) await init(version);
  await doAction('post:saved', {});
  const { id } = await jobs.addJob({ type: 'plugin_task', data: {} });
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', result: 100 });
  expect(heard).toBe(1);
  expect(await jobs.schedules.list()).toHaveLength(1);
});

test('removeAction() removes only listeners of its owner', async () => {
  const heard: string[] = [];
  const shared = () => void heard.push('shared');
  const mine = { name: 'mine', init: () => void addAction('post:saved', shared) };
  await using _jobs = await createTestJobs({ default: true, plugins: { mine: { use: mine } } });
  addAction('post:saved', shared);
  await doAction('post:saved', {});
  expect(heard).toEqual(['shared', 'shared']);
  expect(removeAction('post:saved', shared)).toBe(true);
  expect(removeAction('post:saved', shared)).toBe(false);
  await doAction('post:saved', {});
  expect(heard).toHaveLength(3);
});

test('a plugin keeps its camelCase slug of the CMS in its key, schedules and routes', async () => {
  const pwSMTP = {
    slug: 'pwSMTP',
    name: 'PW SMTP',
    init: async () => {
      registerProcessor('smtp_check', () => 'checked');
      await scheduleJob({ name: 'check', schedule: '0 * * * *', type: 'smtp_check', data: {} });
    },
    disable() {},
  };
  await using jobs = await createTestJobs({ plugins: { pwSMTP: { use: pwSMTP } } });
  const [status] = await jobs.plugins.list();
  expect(status).toMatchObject({ name: 'pwSMTP', title: 'PW SMTP', state: 'on', reason: null });
  await jobs.advance(3_600_000);
  expect(await jobs.schedules.list()).toMatchObject([{ name: 'pwSMTP/check', plugin: 'pwSMTP' }]);
  expect((await jobs.listJobs({ plugin: 'pwSMTP' })).jobs).toMatchObject([{ status: 'completed', result: 'checked' }]);
  expect((await jobs.request('/api/plugins/pwSMTP/disable', { method: 'POST' })).status).toBe(200);
  expect(jobs.info().plugins).toMatchObject({ pwSMTP: 'off' });
});

test('two plugins whose names differ only in case are refused by name', async () => {
  const plugin = { init() {} };
  await expect(createTestJobs({ plugins: { pwSmtp: { use: plugin }, pwSMTP: { use: plugin } } })).rejects.toThrow(
    'plugins.pwSMTP differs from plugins.pwSmtp only in upper and lower case',
  );
});
