// A plugin that cannot start fails alone, with its reason, and leaves nothing behind.
import { definePlugin, scheduleJob } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../../test/plugin-rig.ts';

const good = {
  use: definePlugin({ name: 'good', init: ({ registerProcessor }) => void registerProcessor('good', async () => {}) }),
};
const stateOf = async (rig: Rig, name: string) => (await rig.host.list()).find((status) => status.name === name);

test('an invalid schedule that was not awaited fails the plugin with its reason', async () => {
  const wrong = {
    init: () => void scheduleJob({ name: 'x', schedule: 'every day', jobData: { type: 'good', data: {} } }),
  };
  await using rig = await createRig({ wrong: { use: wrong }, good });
  await rig.host.startAll();
  expect(await stateOf(rig, 'wrong')).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('schedule must have 5 fields'),
  });
});

test('a cleanup that throws is charged to its plugin, which is still off', async () => {
  const rude = definePlugin({ name: 'rude', init: (ctx) => ctx.onDisable(() => Promise.reject(new Error('no'))) });
  await using rig = await createRig({ rude: { use: rude } });
  await rig.host.startAll();
  expect(await rig.host.disable('rude')).toBe('off');
  expect(await stateOf(rig, 'rude')).toMatchObject({ health: { hookErrors: 1, lastError: 'disabling it: no' } });
});
