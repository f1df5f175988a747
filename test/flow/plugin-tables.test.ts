// A plugin's own tables: the same statements do the same on every engine, and on the connections of a host.
import { definePlugin, type PluginDatabase } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import SQLite from 'better-sqlite3';
import { Kysely, MysqlDialect, SqliteDialect } from 'kysely';
import { createPool } from 'mysql2';
import { expect, onTestFinished, test } from 'vitest';
import { onMysql, testDatabase } from '../../testing/src/test-database.ts';

type Visits = { pwj_visits_days: { day: string; page: string; n: number; last: string } };
type Row = Visits['pwj_visits_days'];

const TABLE = 'pwj_visits_days';
const row = (page: string, n: number, last = 'first'): Row => ({ day: '2026-01-01', page, n, last });

const count = (db: PluginDatabase<Visits>, rows: Row[]) =>
  db
    .insertInto(TABLE)
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['day', 'page'])
        .doUpdateSet((e) => ({ n: e(`${TABLE}.n`, '+', e.ref('excluded.n')), last: e.ref('excluded.last') })),
    )
    .execute();

const read = (db: PluginDatabase<Visits>): Promise<Row[]> => db.selectFrom(TABLE).selectAll().orderBy('page').execute();

async function opened(database?: Kysely<object>): Promise<PluginDatabase<Visits>> {
  let found: PluginDatabase<Visits> | undefined;
  const visits = definePlugin({
    name: 'visits',
    migrations: {
      '001_days': {
        up: async (db) => {
          await db.schema
            .createTable(TABLE)
            .ifNotExists()
            .addColumn('day', 'varchar(10)', (c) => c.notNull())
            .addColumn('page', 'varchar(100)', (c) => c.notNull())
            .addColumn('n', 'integer', (c) => c.notNull())
            .addColumn('last', 'varchar(20)', (c) => c.notNull())
            .addPrimaryKeyConstraint('pwj_visits_days_pk', ['day', 'page'])
            .execute();
          await count(db, [row('/', 1)]);
          await count(db, [row('/', 1)]);
        },
        down: (db) => db.schema.dropTable(TABLE).ifExists().execute(),
      },
    },
    init: (ctx) => {
      found = ctx.db.withTables<Visits>();
    },
  });
  const jobs = await createTestJobs({ plugins: { visits: { use: visits } }, ...(database ? { database } : {}) });
  onTestFinished(() => jobs[Symbol.asyncDispose]());
  if (!found) throw new Error(`the plugin is not on: ${JSON.stringify(await jobs.plugins.list())}`);
  return found;
}

async function ofHost(): Promise<Kysely<object>> {
  const url = await testDatabase();
  const host = new Kysely<object>({
    dialect: onMysql()
      ? new MysqlDialect({ pool: createPool(url) })
      : new SqliteDialect({ database: new SQLite(url.slice('sqlite:'.length)) }),
  });
  onTestFinished(() => host.destroy());
  return host;
}

test.each([
  ['our own connections', async () => undefined],
  ['the connections of a host', ofHost],
])('on %s, onConflict adds to existing rows and inserts the others', async (_whose, database) => {
  const db = await opened(await database());
  await count(db, [row('/', 5, 'second'), row('/a', 2)]);
  await db.transaction().execute((trx) => count(trx, [row('/a', 3, 'third')]));
  expect(await read(db)).toEqual([row('/', 7, 'second'), row('/a', 5, 'third')]);
});

test('doNothing leaves the row unchanged', async () => {
  const db = await opened();
  const add = (one: Row) =>
    db
      .insertInto(TABLE)
      .values(one)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  await add(row('/', 9, 'second'));
  await add(row('/a', 2));
  expect(await read(db)).toEqual([row('/', 2), row('/a', 2)]);
});

test('doNothing also leaves rows unchanged that a query reads from the same table', async () => {
  const db = await opened();
  await db
    .insertInto(TABLE)
    .columns(['day', 'page', 'n', 'last'])
    .expression((e) =>
      e
        .selectFrom(`${TABLE} as old`)
        .select((old) => ['old.day', 'old.page', old.lit(9).as('n'), 'old.last'])
        .where('old.n', '>', 0),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  expect(await read(db)).toEqual([row('/', 2)]);
});

test('an update can read a column and then assign it', async () => {
  const db = await opened();
  await db
    .insertInto(TABLE)
    .values(row('/', 7, 'second'))
    .onConflict((conflict) =>
      conflict
        .columns(['day', 'page'])
        .doUpdateSet((e) => ({ last: e.cast(e.ref(`${TABLE}.n`), 'char(20)'), n: e.ref('excluded.n') })),
    )
    .execute();
  expect(await read(db)).toEqual([row('/', 7, '2')]);
});

if (onMysql())
  test('MySQL and MariaDB refuse an update that SQLite would do differently', async () => {
    const db = await opened();
    const late = db
      .insertInto(TABLE)
      .values(row('/', 7, 'second'))
      .onConflict((conflict) =>
        conflict
          .columns(['day', 'page'])
          .doUpdateSet((e) => ({ n: e.ref('excluded.n'), last: e.cast(e.ref(`${TABLE}.n`), 'char(20)') })),
      );
    await expect(late.execute()).rejects.toThrow('reads n after it has assigned it');
    const some = db
      .insertInto(TABLE)
      .values(row('/', 7, 'second'))
      .onConflict((conflict) => conflict.columns(['day', 'page']).doUpdateSet({ n: 7 }).where(`${TABLE}.n`, '<', 7));
    await expect(some.execute()).rejects.toThrow('onConflict() with where() needs SQLite');
    expect(await read(db)).toEqual([row('/', 2)]);
  });
