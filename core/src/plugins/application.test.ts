// The application's own registrations: before all plugins, found by module-level functions, undone with the instance.
import { addAction, addJob, definePlugin, registerProcessor } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../../test/plugin-rig.ts';
import { createApplication } from './application.ts';

const applicationOf = (rig: Rig) =>
  createApplication({ ...rig.options, jobs: rig.options.jobs(null), inside: rig.dialect.inside });

test('its registrations have no plugin and are removed with the instance', async () => {
  await using rig = await createRig({});
  const app = applicationOf(rig);
  app.functions.registerProcessor('own', async () => {});
  app.functions.addAction('job:added', () => {});
  await app.functions.scheduleJob({ type: 'own', schedule: '0 1 * * *', data: {} });
  await app.enter(() => addJob({ type: 'own', data: 1 }));
  expect(rig.registry.get('own')?.plugin).toBeNull();
  expect([...rig.schedules]).toEqual(['own']);
  expect(rig.notes).toEqual(['add null {"type":"own","data":1}']);
  expect(app.footprint()).toMatchObject({ types: 1, hooks: 1, schedules: 1 });
  await app.close();
  expect([rig.registry.list(), rig.hooks.count()]).toEqual([[], 0]);
});

test('registrations from before any instance apply to each instance', async () => {
  const undo = [registerProcessor('early', async () => {}), addAction('job:added', () => {})];
  await using one = await createRig({});
  await using other = await createRig({});
  for (const rig of [one, other]) {
    applicationOf(rig).adoptEarly();
    expect([rig.registry.get('early')?.plugin, rig.hooks.count()]).toEqual([null, 1]);
  }
  for (const dispose of undo) await dispose();
  await using later = await createRig({});
  applicationOf(later).adoptEarly();
  expect(later.registry.list()).toEqual([]);
});

test('its listeners run before those of plugins, and their errors are not charged to a plugin', async () => {
  const order: string[] = [];
  const use = definePlugin({ name: 'x', init: (ctx) => void ctx.addAction('said', () => order.push('plugin')) });
  await using rig = await createRig({ x: { use } });
  await rig.host.startAll();
  const app = applicationOf(rig);
  app.functions.addAction('said', () => {
    order.push('application');
    throw new Error('in the CMS');
  });
  await app.functions.doAction('said', undefined);
  expect(order).toEqual(['application', 'plugin']);
  expect(rig.log.join('\n')).toContain('the application, action "said": Error: in the CMS');
});

test('an unawaited call that fails is logged without ending the process, and one that is handled is not logged', async () => {
  await using rig = await createRig({});
  const app = applicationOf(rig);
  await app.close();
  await expect(app.functions.addJob({ type: 'handled', data: 1 })).rejects.toThrow('addJob');
  void app.functions.scheduleJob({ type: 'x', schedule: '0 1 * * *', data: {} });
  await expect.poll(() => rig.log.join('\n')).toContain('the application, an unawaited promise: ');
  expect(rig.log.join('\n')).not.toContain('addJob');
});
