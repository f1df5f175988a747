// The application's own registrations: before all plugins, found by module-level functions, undone with the instance.
import { addAction, definePlugin, registerProcessor } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createRig } from '../../test/plugin-rig.ts';

test('registrations from before any instance apply to each instance', async () => {
  const undo = [registerProcessor('early', async () => {}), addAction('job:added', () => {})];
  await using one = await createRig({});
  await using other = await createRig({});
  for (const rig of [one, other]) {
    rig.application.adoptEarly();
    expect([rig.registry.get('early')?.plugin, rig.hooks.has('job:added')]).toEqual([null, true]);
  }
  for (const dispose of undo) await dispose();
  await using later = await createRig({});
  later.application.adoptEarly();
  expect(later.types()).toEqual([]);
});

test('its listeners run before those of plugins, and their errors are not charged to a plugin', async () => {
  const order: string[] = [];
  const use = definePlugin({ name: 'x', init: (ctx) => void ctx.addAction('said', () => order.push('plugin')) });
  await using rig = await createRig({ x: { use } });
  await rig.host.startAll();
  const { functions } = rig.application;
  functions.addAction('said', () => {
    order.push('application');
    throw new Error('in the CMS');
  });
  await functions.doAction('said', undefined);
  expect(order).toEqual(['application', 'plugin']);
  expect(rig.log.join('\n')).toContain('the application, action "said": Error: in the CMS');
});
