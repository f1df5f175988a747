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

test('a type belongs to the plugin that registered it last', async () => {
  await using rig = await createRig({});
  const store = new PluginStore(rig.options.ledger);
  const plain = (...types: string[]) => new Map(types.map((type) => [type, {}]));
  await store.saveTypes('a', plain('one', 'two'));
  await store.saveTypes('b', new Map([...plain('three'), ['two', { timeout: 5, maxRetries: 1 }]]));
  await store.saveTypes('c', plain());
  expect(await store.types()).toEqual([
    { type: 'one', plugin: 'a', options: {} },
    { type: 'two', plugin: 'b', options: { timeout: 5, maxRetries: 1 } },
    { type: 'three', plugin: 'b', options: {} },
  ]);
});

test('a failed migration rolls back its whole run, which is repeated by the next attempt', async () => {
  await using rig = await createRig({});
  const store = new PluginStore(rig.options.ledger);
  let broken = true;
  const steps = {
    '1': { up: (db: typeof rig.dialect.db) => db.schema.createTable('pwj_x_a').addColumn('id', 'integer').execute() },
    '2': { up: async () => (broken ? Promise.reject(new Error('broken')) : undefined) },
  };
  await expect(store.migrateUp('x', steps as never, 1)).rejects.toThrow('broken');
  expect(await store.migrated('x')).toEqual([]);
  broken = false;
  expect(await store.migrateUp('x', steps as never, 2)).toEqual(['1', '2']);
  expect(await store.migrateUp('x', steps as never, 3)).toEqual([]);
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
