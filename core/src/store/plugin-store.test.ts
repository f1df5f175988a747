// Stored data of plugins survives, each setting separately.
import { expect, test } from 'vitest';
import { createRig } from '../../test/plugin-rig.ts';
import { PluginStore } from './plugin-store.ts';

test('a corrupt config counts as none', async () => {
  await using rig = await createRig({});
  await rig.dialect.db
    .insertInto('pwj_plugins')
    .values({ name: 'a', enabled: null, config: '{', updated_at: 1 })
    .execute();
  expect(await new PluginStore(rig.options.ledger).all()).toEqual([
    { name: 'a', updatedAt: 1, enabled: null, config: undefined },
  ]);
});

test('a command belongs to the plugin that registered it last, and is removed when it no longer does', async () => {
  await using rig = await createRig({});
  const store = new PluginStore(rig.options.ledger);
  await store.saveCommands('a', ['one', 'two']);
  await store.saveCommands('b', ['two', 'three']);
  expect([...(await store.commands())].sort()).toEqual([
    ['one', 'a'],
    ['three', 'b'],
    ['two', 'b'],
  ]);
  await store.saveCommands('b', ['three']);
  expect([...(await store.commands()).keys()].sort()).toEqual(['one', 'three']);
  await store.forget('b', false, 5);
  expect([...(await store.commands())]).toEqual([['one', 'a']]);
});
