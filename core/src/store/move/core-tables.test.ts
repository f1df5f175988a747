import { expect, test } from 'vitest';
import { DIRECTIONS, freshUrl, openForTest } from '../../../test/move-rig.ts';
import { LEFT, TAKEN } from './core-tables.ts';
import { describeTable, isMovable } from './table.ts';

/** Made by the engine's own side of the core. */
const OF_THE_ENGINE = ['pwj_lock'];

for (const engine of new Set(DIRECTIONS.flat())) {
  test(`on ${engine} every table of the core is either taken or left, and what is taken can be moved`, async () => {
    const dialect = await openForTest(await freshUrl(engine));
    const tables = await dialect.reader.introspection.getTables();
    const names = tables.map(({ name }) => name).filter((name) => !OF_THE_ENGINE.includes(name));
    expect(names.sort()).toEqual([...TAKEN, ...LEFT].sort());
    for (const name of TAKEN) expect(isMovable(await describeTable(dialect, name)), name).toBe(true);
  });
}
