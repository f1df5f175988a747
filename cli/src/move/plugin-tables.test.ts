import { type Dialect, migrateScope } from '@phraseworks/jobs/internals/core';
import type { Migration } from '@phraseworks/sdk';
import { CompiledQuery } from 'kysely';
import { expect, test } from 'vitest';
import { DIRECTIONS, fillDatabase, freshUrl, MOVE_CONTEXT, moveOver, openForTest, TEXTS } from '../../test/move-rig.ts';
import { planMove } from './plan.ts';
import type { StepsOf } from './plugin-tables.ts';

const [from, to] = DIRECTIONS[0] ?? ['sqlite', 'sqlite'];

const notes: Record<string, Migration> = {
  '1_notes': {
    up: (db) =>
      db.schema
        .createTable('notes')
        .addColumn('owner', 'varchar(64)', (c) => c.notNull())
        .addColumn('n', 'integer', (c) => c.notNull())
        .addColumn('text', 'text')
        .addColumn('price', 'double precision')
        .addColumn('picture', 'blob')
        .addColumn('size', 'bigint')
        .addPrimaryKeyConstraint('notes_key', ['owner', 'n'])
        .execute(),
  },
  '2_seen': { up: (db) => db.schema.alterTable('notes').addColumn('seen', 'boolean').execute() },
};

async function ask<R>(db: Dialect['db'], text: string, values: readonly unknown[] = []): Promise<R[]> {
  return (await db.executeQuery<R>(CompiledQuery.raw(text, [...values]))).rows;
}

const run = (on: Dialect, steps: Record<string, Migration>, plugin = 'notes') =>
  migrateScope(on, `plugin:${plugin}`, Object.fromEntries(Object.entries(steps).map(([k, s]) => [k, s.up])), 1);

async function stand([one, other]: readonly ['sqlite' | 'mysql', 'sqlite' | 'mysql'] = [from, to]) {
  const source = await openForTest(await freshUrl(one));
  const target = await openForTest(await freshUrl(other));
  await fillDatabase(source, 3);
  return { source, target };
}

const plan = (source: Dialect, steps: StepsOf) => planMove(source, null, steps, MOVE_CONTEXT);

test.each(DIRECTIONS)(
  '%s to %s: the tables of a plugin are made in the target by its own steps, and their rows arrive unchanged',
  async (...direction) => {
    const { source, target } = await stand(direction);
    await run(source, notes);
    for (const [n, text] of TEXTS.filter((one) => !one.includes('\ud800')).entries())
      await ask(
        source.db,
        'insert into notes (owner, n, text, price, picture, size, seen) values (?, ?, ?, ?, ?, ?, ?)',
        [n % 2 === 0 ? 'a' : 'B', n, text, n / 3, Buffer.from([0, n, 255]), 2 ** 40 + n, n % 2],
      );
    const moved = await moveOver(source, target, async () => notes);
    expect(moved).toMatchObject({ complete: true, plan: { left: [] } });
    const all = async (side: Dialect) => {
      const rows = await ask<Record<string, unknown>>(side.reader, 'select * from notes order by n');
      return rows.map((row) => ({ ...row, picture: (row.picture as Buffer).toString('hex') }));
    };
    expect(await all(target)).toEqual(await all(source));
    expect(moved.proofs.find(({ table }) => table === 'notes')?.rows.source).toBe(TEXTS.length - 1);
    const steps = await target.reader
      .selectFrom('pwj_migrations')
      .select('name')
      .where('scope', '=', 'plugin:notes')
      .execute();
    expect(steps.map(({ name }) => name).sort()).toEqual(['1_notes', '2_seen']);
  },
);

test('steps that have not run on the source do not run on the target either', async () => {
  const { source, target } = await stand();
  const { '1_notes': first } = notes;
  await run(source, { '1_notes': first as Migration });
  await moveOver(source, target, async () => notes);
  expect(await run(target, notes)).toEqual(['2_seen']);
});

test('a plugin whose code is missing is named with the reason, and so is one that is older than its tables', async () => {
  const { source } = await stand();
  await run(source, notes);
  const missing = await plan(source, () => Promise.reject(new Error('it is not in the configuration')));
  expect(missing.left).toEqual([{ plugin: 'notes', why: 'it is not in the configuration' }]);
  const older = await plan(source, async () => ({ '1_notes': notes['1_notes'] as Migration }));
  expect(older.left[0]?.why).toMatch(/step 2_seen/);
  expect(older.tables.some(({ plugin }) => plugin !== null)).toBe(false);
});

test('tables that would not arrive unchanged are named with the reason', async () => {
  const { source } = await stand();
  const table = (name: string, column: string, key: boolean): Record<string, Migration> => ({
    one: {
      up: (db) =>
        db.schema
          .createTable(name)
          .addColumn('id', 'integer', (c) => (key ? c.primaryKey() : c))
          .addColumn('at', column as 'datetime')
          .execute(),
    },
  });
  const plugins: Record<string, Record<string, Migration>> = {
    dates: table('dates', 'datetime', true),
    keyless: table('keyless', 'integer', false),
    large: table('large', 'bigint', true),
  };
  for (const [plugin, steps] of Object.entries(plugins)) await run(source, steps, plugin);
  await ask(source.db, 'insert into large (id, at) values (1, 9007199254740993)');
  const { left } = await plan(source, async (plugin) => plugins[plugin] ?? {});
  expect(Object.fromEntries(left.map(({ plugin, why }) => [plugin, why]))).toEqual({
    dates: expect.stringContaining('column at is declared as "datetime"'),
    keyless: expect.stringContaining('no primary key'),
    large: expect.stringContaining('9007199254740991'),
  });
});

test('a table that has other columns in the target ends the move with its name', async () => {
  const { source, target } = await stand();
  await run(source, notes);
  await ask(target.db, 'create table notes (owner varchar(64) primary key)');
  const made = { ...notes, '1_notes': { up: async () => {} }, '2_seen': { up: async () => {} } };
  let calls = 0;
  const steps: StepsOf = async () => (calls++ === 0 ? notes : made);
  await run(target, made);
  await expect(moveOver(source, target, steps)).rejects.toThrow(/plugin notes cannot be moved.*other columns/);
});
