// The suite that every plugin should pass: it starts, leaves nothing behind, survives its own failure, and describes its jobs.
import { type AnyPlugin, isUpload, type PluginContext, type PluginDefinition } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { createTestJobs, type TestJobs } from './create-test-jobs.ts';

export interface ContractOptions {
  config?: unknown;
  /** Plugins that it needs, by name. */
  with?: Record<string, AnyPlugin>;
}

const NAME = 'subject';

/** Registers the suite with vitest: `pluginContract(plugin)` at the top of a test file. */
export function pluginContract(plugin: AnyPlugin, options: ContractOptions = {}): void {
  const name = plugin.name ?? NAME;
  const open = (use: AnyPlugin = plugin): Promise<TestJobs> =>
    createTestJobs({
      plugins: {
        ...Object.fromEntries(Object.entries(options.with ?? {}).map(([key, other]) => [key, { use: other }])),
        [name]: { use, ...(options.config === undefined ? {} : { config: options.config }) },
      },
    });
  const stateOf = async (jobs: TestJobs) => (await jobs.plugins.list()).find((status) => status.name === name);

  describe(`the plugin contract: ${name}`, () => {
    test('it comes on with its config', async () => {
      await using jobs = await open();
      const status = await stateOf(jobs);
      expect(status?.state, status?.reason ?? '').toBe('on');
    });

    test('switched off and on again it leaves nothing behind', async () => {
      await using jobs = await open();
      const on = jobs.footprint().plugins[name];
      // Notes to other processes about the start wait for a moment.
      await jobs.advance(2_000);
      const timers = jobs.clock.pending;
      for (let n = 0; n < 3; n += 1) {
        await jobs.plugins.disable(name, { running: 'abort' });
        expect(sum(jobs.footprint().plugins[name]), JSON.stringify(jobs.footprint().plugins[name])).toBe(0);
        await jobs.plugins.enable(name);
        expect(jobs.footprint().plugins[name]).toEqual(on);
      }
      await jobs.advance(2_000);
      expect(jobs.clock.pending).toBe(timers);
    });

    test('an init that fails at its end leaves nothing behind and hurts nobody else', async () => {
      const original = plugin as PluginDefinition;
      const failing: AnyPlugin = {
        ...original,
        async init(ctx: PluginContext) {
          await original.init(ctx);
          throw new Error('failed on purpose');
        },
      };
      await using jobs = await open(failing);
      expect((await stateOf(jobs))?.state).toBe('failed');
      expect(sum(jobs.footprint().plugins[name])).toBe(0);
      for (const other of await jobs.plugins.list()) if (other.name !== name) expect(other.state).toBe('on');
    });

    test('its tables carry its name and go when it is purged', async () => {
      await using jobs = await open();
      await jobs.plugins.disable(name, { running: 'abort' });
      await expect(jobs.plugins.purge(name)).resolves.toBeUndefined();
      await jobs.plugins.enable(name);
      expect((await stateOf(jobs))?.state).toBe('on');
      const own = await jobs.pluginTables();
      const prefix = `pwj_${name.replaceAll('-', '_').toLowerCase()}_`;
      expect(own.filter((table) => !table.startsWith(prefix))).toEqual([]);
    });

    test('the example of each type passes its own check, and nonsense does not', async () => {
      await using jobs = await open();
      for (const { type, plugin: owner, example, schema } of jobs.types()) {
        if (owner !== name) continue;
        if (example !== null && !JSON.stringify(example).includes('"upload"') && !isUpload(example)) {
          await expect(jobs.check({ type, data: example }), type).resolves.toBeUndefined();
        }
        if (schema)
          await expect(jobs.check({ type, data: 'nonsense' }), type).rejects.toMatchObject({ code: 'INVALID_DATA' });
      }
    });
  });
}

const sum = (footprint: Record<string, number> | undefined): number =>
  Object.values(footprint ?? {}).reduce((a, b) => a + b, 0);
