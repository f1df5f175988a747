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
