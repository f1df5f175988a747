import type { PluginCommand } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createRig } from '../../test/plugin-rig.ts';

const command = (name: string): PluginCommand => ({ name, summary: 'do it', usage: '', run: () => {} });
const bringing = (...names: string[]) => ({
  use: {
    init: (ctx?: { command(given: PluginCommand): void }) => {
      for (const name of names) ctx?.command(command(name));
    },
  },
});
const namesIn = (rig: Awaited<ReturnType<typeof createRig>>) => rig.host.commands().map((one) => one.command.name);
const stateOf = async (rig: Awaited<ReturnType<typeof createRig>>, name: string) =>
  (await rig.host.list()).find((status) => status.name === name);

test('the second plugin with a command of the same name fails, and the error names the first', async () => {
  await using rig = await createRig({ shelf: bringing('read'), desk: bringing('write', 'read') });
  await rig.host.startAll();
  expect(await stateOf(rig, 'desk')).toMatchObject({
    state: 'failed',
    reason: 'the command "read" belongs to the plugin "shelf": rename the command of the plugin "desk"',
  });
  expect(namesIn(rig)).toEqual(['read']);
});

test.each<[change: object, says: string]>([
  [{ run: undefined }, 'run must be a function'],
  [{ options: { json: { type: 'boolean', description: 'x' } } }, 'options.json is reserved: every command has it'],
  [{ options: { x: { type: 'number', description: 'x' } } }, "options.x.type must be 'string' or 'boolean'"],
  [{ options: { x: { type: 'string' } } }, 'options.x.description must be one line of text'],
])('a command with %j is refused', async (change, says) => {
  const use = {
    init: (ctx?: { command(given: never): void }) => ctx?.command({ ...command('read'), ...change } as never),
  };
  await using rig = await createRig({ shelf: { use } });
  await rig.host.startAll();
  expect(await stateOf(rig, 'shelf')).toMatchObject({ state: 'failed', reason: expect.stringContaining(says) });
});
