// What init() is given works free of it, belongs to the scope, and never takes the process down.
import { addJob, definePlugin, lazy, type PluginContext } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../../test/plugin-rig.ts';

/** Starts one plugin and hands out its context. */
async function started(init: (ctx: PluginContext) => unknown = () => {}): Promise<{ rig: Rig; ctx: PluginContext }> {
  let ctx: PluginContext | undefined;
  const use = definePlugin({
    name: 'x',
    async init(given) {
      ctx = given as unknown as PluginContext;
      await init(ctx);
    },
  });
  const rig = await createRig({ x: { use } });
  await rig.host.startAll();
  return { rig, ctx: ctx as unknown as PluginContext };
}

test('module-level functions find the plugin in its processors (even lazy ones), listeners and timers', async () => {
  const { rig, ctx } = await started((context) => {
    context.registerProcessor('now', async () => void (await addJob({ type: 'processor', data: 1 })));
    context.registerProcessor(
      'lazy',
      lazy(async () => {
        await addJob({ type: 'lazy', data: 2 });
        return { default: async () => {} };
      }),
    );
    context.addAction('x:said', () => addJob({ type: 'listener', data: 3 }));
    context.clock.after(5, () => void addJob({ type: 'timer', data: 4 }));
  });
  const [now, later] = rig.types();
  await now?.enter(() => (now.processor as () => Promise<void>)());
  if (typeof later?.processor === 'object') await later.processor.lazy();
  await rig.hooks.doAction('x:said', undefined);
  rig.clock.advance(5);
  await expect.poll(rig.jobs).toEqual(['processor 1', 'lazy 2', 'listener 3', 'timer 4']);
  expect(ctx.signal.aborted).toBe(false);
  await rig[Symbol.asyncDispose]();
});

test('a context is unusable after the plugin was disabled, and its container and signal say so', async () => {
  const { rig, ctx } = await started();
  await rig.host.disable('x');
  expect(ctx.signal.aborted).toBe(true);
  expect(() => ctx.addAction('a', () => {})).toThrow('the plugin "x" is disabled');
  expect(() => ctx.clock.after(1, () => {})).toThrow('disabled');
  expect(() => ctx.container.resolve('anything')).toThrow();
  await expect(ctx.addJob({ type: 't', data: {} })).rejects.toMatchObject({ code: 'INVALID_STATE' });
  await expect(ctx.handleError(new Error('late'))).resolves.toBeUndefined();
  await rig[Symbol.asyncDispose]();
});

test('a processor with invalid options is refused at once', async () => {
  const refused = async (options: object, processor: unknown = async () => {}) => {
    const { rig } = await started((ctx) => ctx.registerProcessor('t', processor as never, options));
    const [status] = await rig.host.list();
    await rig[Symbol.asyncDispose]();
    return status?.reason;
  };
  expect(await refused({ timeout: -1 })).toContain('registerProcessor("t"): timeout must be at least 1');
  expect(await refused({ concurrency: 0 })).toContain('concurrency must be at least 1');
  expect(await refused({ retries: 5 })).toContain('retries is not a known setting: did you mean maxRetries?');
  const throwing = Object.defineProperty({}, 'timeout', {
    enumerable: true,
    get: () => {
      throw new Error('mine');
    },
  });
  expect(await refused(throwing)).toBe('registerProcessor(): timeout cannot be read: its getter throws');
  expect(await refused({}, 'nothing')).toContain('must be a function or lazy(');
});

test('disable() of a plain module runs when its scope is closed, and not if its init failed', async () => {
  const calls: string[] = [];
  const module = (fails: boolean) => ({
    slug: 'cms',
    init: (ctx?: PluginContext) => {
      ctx?.onDisable(() => void calls.push('scope'));
      if (fails) throw new Error('no');
    },
    disable: () => calls.push('disable'),
  });
  await using rig = await createRig({ good: { use: module(false) }, bad: { use: module(true) } });
  await rig.host.startAll();
  expect(calls.splice(0)).toEqual(['scope']);
  await rig.host.disable('good');
  expect(calls).toEqual(['scope', 'disable']);
});
