// Plugins are enabled and disabled at run time, leave nothing behind, and end in the state that was requested last.
import { definePlugin } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createRig } from '../../test/plugin-rig.ts';

const hello = definePlugin({
  name: 'hello',
  async init(ctx) {
    ctx.registerProcessor('hello', async () => ({ success: true }));
    await ctx.scheduleJob({ name: 'daily', schedule: '0 9 * * *', jobData: { type: 'hello', data: {} } });
    ctx.addAction('job:failed', () => {});
    ctx.addFilter('job:before-add', () => {});
    ctx.routes.get('/x', (c) => c.text('x'));
    ctx.publicRoutes.get('/y', (c) => c.text('y'));
    ctx.panel({ id: 'p', title: 'P', data: () => [] });
    ctx.clock.after(1_000, () => {});
    ctx.container.register('own', { useValue: 1 });
    ctx.onDisable(() => {});
  },
});

test('disabling stops the claims before it cleans up', async () => {
  const notes: string[] = [];
  const plugin = definePlugin({
    name: 'x',
    init(ctx) {
      ctx.registerProcessor('t', async () => {});
      ctx.onDisable(() => void notes.push(`undone while ${rig.registry.heldHere('t')}`));
    },
  });
  await using rig = await createRig({ x: { use: plugin } });
  await rig.host.startAll();
  expect(await rig.host.disable('x', { running: 'abort', timeout: 5 })).toBe('off');
  expect(notes).toEqual(['undone while plugin_disabled']);
  expect(await rig.host.enable('x')).toBe('on');
  expect(rig.registry.heldHere('t')).toBeNull();
});

test('simultaneous calls end in the state that was requested last', async () => {
  await using rig = await createRig({ hello: { use: hello } });
  await rig.host.startAll();
  const { host } = rig;
  await Promise.all([host.disable('hello'), host.enable('hello'), host.disable('hello')]);
  expect(host.states()).toEqual({ hello: 'off' });
  await Promise.all([host.enable('hello'), host.disable('hello'), host.enable('hello')]);
  expect(host.states()).toEqual({ hello: 'on' });
  expect(host.footprint().total.types).toBe(1);
});

test('a stopped host can be started again, and its jobs wait meanwhile', async () => {
  await using rig = await createRig({ hello: { use: hello } });
  await rig.host.startAll();
  await rig.application.functions.addJob({ type: 'hello', data: {} });
  await rig.host.stopAll();
  const jobs = await rig.dialect.reader.selectFrom('pwj_jobs').select('state').execute();
  expect([jobs, rig.host.states(), rig.types()]).toEqual([[{ state: 'ready' }], { hello: 'off' }, []]);
  await rig.host.startAll();
  expect(rig.host.states()).toEqual({ hello: 'on' });
});
