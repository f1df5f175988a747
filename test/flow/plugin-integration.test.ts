// "Integration Examples", the plugin: the module of the specification is switched on, off and on by its path.
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const open = (): Promise<TestJobs> =>
  createTestJobs({
    default: true,
    baseDir: import.meta.dirname,
    plugins: { tasks: { use: '../support/plugin-module.ts' } },
  });

test('its type runs, and its schedule fires at three', async () => {
  await using jobs = await open();
  const [plugin] = await jobs.plugins.list();
  expect([plugin?.state, plugin?.reason, plugin?.types, plugin?.schedules]).toEqual([
    'on',
    null,
    ['plugin_task'],
    ['plugin_maintenance'],
  ]);
  const good = await jobs.addJob({ type: 'plugin_task', data: { action: 'import' } });
  const bad = await jobs.addJob({ type: 'plugin_task', data: {}, maxRetries: 0 });
  await jobs.advance(3 * 3_600_000);
  expect(await jobs.getJobStatus(good.id)).toMatchObject({ status: 'completed', result: 'import is done' });
  expect(await jobs.getJobStatus(bad.id)).toMatchObject({ status: 'failed', error: 'no action' });
  const { jobs: ran } = await jobs.listJobs({ q: 'maintenance' });
  expect(ran).toMatchObject([
    {
      plugin: 'tasks',
      schedule: 'tasks/plugin_maintenance',
      result: 'maintenance is done',
      createdAt: '2026-01-01T03:00:00.000Z',
    },
  ]);
});

test('disabled, its schedule does not fire and its jobs are parked; enabled, they run and the schedule returns', async () => {
  await using jobs = await open();
  await jobs.plugins.disable('tasks');
  const { id } = await jobs.addJob({ type: 'plugin_task', data: { action: 'import' } });
  await jobs.advance(4 * 3_600_000);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'parked', reason: 'plugin_disabled' });
  expect((await jobs.listJobs({ q: 'maintenance' })).jobs).toEqual([]);
  expect(await jobs.plugins.enable('tasks')).toBe('on');
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed' });
  expect((await jobs.schedules.list())[0]).toMatchObject({ name: 'tasks/plugin_maintenance', paused: false });
});
