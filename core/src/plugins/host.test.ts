// Plugins are switched on and off at run time, leave nothing behind, and end in the state that was asked for last.
import { definePlugin, registerProcessor, scheduleJob } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { hostFolder } from '../../test/host-folder.ts';
import { createRig, turn } from '../../test/plugin-rig.ts';

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

/** The specification's example, unchanged but for its import. */
const SPECIFICATION = `
const performPluginTask = async (data) => data.action;

export function init() {
  // Register custom job processor
  registerProcessor('plugin_task', async (jobData, jobId) => {
    try {
      const result = await performPluginTask(jobData);
      return { success: true, result };
    } catch (error) {
      return { success: false, error: error.message };
    }
  });

  // Schedule recurring plugin tasks
  scheduleJob({
    name: 'plugin_maintenance',
    schedule: '0 3 * * *',
    jobData: {
      type: 'plugin_task',
      data: { action: 'maintenance' }
    }
  });
}
`;

test('the plugin of the specification runs as it stands', async () => {
  await using folder = await hostFolder({ 'tiny/index.js': SPECIFICATION });
  await using rig = await createRig({ tiny: { use: './tiny/index.js' } }, { baseDir: folder.path });
  const [status] = await rig.host.startAll();
  expect(status).toMatchObject({ state: 'on', types: ['plugin_task'], schedules: ['plugin_maintenance'] });
  expect([...rig.schedules]).toEqual(['tiny/plugin_maintenance']);
  const entry = rig.registry.get('plugin_task');
  const run = entry?.processor as (data: unknown, id: string) => Promise<unknown>;
  expect(await entry?.enter(() => run({ action: 'maintenance' }, 'id'))).toEqual({
    success: true,
    result: 'maintenance',
  });
});

test('a hundred times off and on leaves the footprint as it was', async () => {
  await using rig = await createRig({ hello: { use: hello } });
  await rig.host.startAll();
  const before = {
    ...rig.host.footprint(),
    timers: rig.clock.timers,
    hooks: rig.hooks.count(),
    types: rig.registry.list().length,
  };
  expect(before.plugins.hello).toEqual({
    types: 1,
    schedules: 1,
    hooks: 2,
    services: 0,
    apps: 2,
    panels: 1,
    commands: 0,
    timers: 1,
  });
  for (let round = 0; round < 100; round += 1) {
    await rig.host.disable('hello');
    await rig.host.enable('hello');
  }
  expect({
    ...rig.host.footprint(),
    timers: rig.clock.timers,
    hooks: rig.hooks.count(),
    types: rig.registry.list().length,
  }).toEqual(before);
  await rig.host.disable('hello');
  expect(rig.host.footprint().total).toEqual({
    types: 0,
    schedules: 0,
    hooks: 0,
    services: 0,
    apps: 0,
    panels: 0,
    commands: 0,
    timers: 0,
  });
  expect([rig.clock.timers, rig.hooks.count(), rig.registry.list()]).toEqual([0, 0, []]);
});

test('switching off stops the claims, waits for running jobs, undoes and parks, in this order', async () => {
  const notes: string[] = [];
  const plugin = definePlugin({
    name: 'x',
    init: (ctx) => ctx.onDisable(() => void notes.push(`undone while ${rig.registry.parkReason('t')}`)),
  });
  await using rig = await createRig({ x: { use: plugin } });
  await rig.host.startAll();
  rig.registry.setOwner('t', 'x');
  rig.notes.length = 0;
  expect(await rig.host.disable('x', { running: 'abort', timeout: 5 })).toBe('off');
  expect(rig.notes).toEqual(['quiesce x abort 5', 'park x plugin_disabled']);
  expect(notes).toEqual(['undone while plugin_disabled']);
  expect(await rig.host.enable('x')).toBe('on');
  expect(rig.notes.at(-1)).toBe('unpark x');
});

test('a plugin that wants it so has its jobs cancelled in place of parked', async () => {
  await using rig = await createRig({ x: { use: definePlugin({ name: 'x', onJobs: 'cancel', init: () => {} }) } });
  await rig.host.startAll();
  await rig.host.disable('x');
  expect(rig.notes.at(-1)).toBe('cancel x');
});

test('calls at the same time end in the state that was asked for last', async () => {
  await using rig = await createRig({ hello: { use: hello } });
  await rig.host.startAll();
  const { host } = rig;
  await Promise.all([host.disable('hello'), host.enable('hello'), host.disable('hello')]);
  expect(host.states()).toEqual({ hello: 'off' });
  await Promise.all([host.enable('hello'), host.disable('hello'), host.enable('hello')]);
  expect(host.states()).toEqual({ hello: 'on' });
  expect(host.footprint().total.types).toBe(1);
});

test('what was switched at run time wins over the configuration at the next start', async () => {
  await using first = await createRig({
    a: { use: hello },
    b: { use: definePlugin({ name: 'b', init: () => {} }), enabled: false },
  });
  await first.host.startAll();
  await first.host.disable('a');
  await first.host.enable('b');
  await using second = await createRig(first.plugins, { dialect: first.dialect });
  await second.host.startAll();
  expect(second.host.states()).toEqual({ a: 'off', b: 'on' });
});

test('with a plugin disabled its code is not imported, and its jobs are parked', async () => {
  await using folder = await hostFolder({ 'x.mjs': 'throw new Error("imported");' });
  await using rig = await createRig({ x: { use: './x.mjs', enabled: false } }, { baseDir: folder.path });
  expect(await rig.host.startAll()).toMatchObject([
    { state: 'off', reason: 'switched off in the configuration', config: null },
  ]);
  expect(rig.notes).toEqual(['park x plugin_disabled']);
  expect(rig.registry.parkReason('anything')).toBe('no_processor');
});

test('two instances in one process share nothing', async () => {
  const plugin = definePlugin({
    name: 'x',
    init: async () => {
      registerProcessor('t', async () => ({ success: true }));
      await turn();
      await scheduleJob({ name: 's', schedule: '0 1 * * *', jobData: { type: 't', data: {} } });
    },
  });
  await using one = await createRig({ x: { use: plugin } });
  await using other = await createRig({ y: { use: plugin } });
  await Promise.all([one.host.startAll(), other.host.startAll()]);
  await one.host.disable('x');
  expect([one.registry.list().length, other.registry.list().length]).toEqual([0, 1]);
  expect([[...one.schedules], [...other.schedules]]).toEqual([['x/s'], ['y/s']]);
});

test('the states are told to whoever listens, with their reasons', async () => {
  await using rig = await createRig({ hello: { use: hello } });
  const told: string[] = [];
  rig.hooks.addAction(
    'plugin:state',
    (fact) => told.push((fact as { state: string }).state),
    {},
    { place: 0, enter: (fn) => fn(), charge: () => {} },
  );
  await rig.host.startAll();
  await rig.host.disable('hello');
  await turn();
  expect(told).toEqual(['starting', 'on', 'stopping', 'off']);
});

test('stopping the host parks nothing, and it can be started again', async () => {
  await using rig = await createRig({ hello: { use: hello } });
  await rig.host.startAll();
  rig.notes.length = 0;
  await rig.host.stopAll();
  expect([rig.notes, rig.host.states(), rig.registry.list()]).toEqual([[], { hello: 'off' }, []]);
  await rig.host.startAll();
  expect(rig.host.states()).toEqual({ hello: 'on' });
});

test('a plugin that nobody configured is not found', async () => {
  await using rig = await createRig({});
  await expect(rig.host.enable('nope')).rejects.toMatchObject({ code: 'PLUGIN_NOT_FOUND' });
});
