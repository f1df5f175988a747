// A plugin's own tables: the same statements do the same on every engine.
import { column, definePlugin, defineTable, type PluginDatabase, type RowOf } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, onTestFinished, test } from 'vitest';
import { onMysql, testDatabase } from '../../testing/src/test-database.ts';
import { temporaryFolder } from '../support/folder.ts';

const TABLE = 'pwj_visits_days';
const COLUMNS = { day: column.text(10), page: column.text(100), n: column.integer(), last: column.text(20) };
const Days = defineTable(TABLE, COLUMNS, { key: ['day', 'page'] });

type Visits = PluginDatabase<readonly [typeof Days]>;
type Row = RowOf<typeof Days>;

const row = (page: string, n: number, last = 'first'): Row => ({ day: '2026-01-01', page, n, last });

const count = (db: Visits, rows: Row[]) =>
  db
    .insertInto(TABLE)
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['day', 'page'])
        .doUpdateSet((e) => ({ n: e(`${TABLE}.n`, '+', e.ref('excluded.n')), last: e.ref('excluded.last') })),
    )
    .execute();

const read = (db: Visits): Promise<Row[]> => db.selectFrom(TABLE).selectAll().orderBy('page').execute();

async function opened(): Promise<Visits> {
  let found: Visits | undefined;
  const visits = definePlugin({
    name: 'visits',
    tables: [Days],
    migrations: {
      '001_first': {
        up: async (db) => {
          await count(db, [row('/', 1)]);
          await count(db, [row('/', 1)]);
        },
      },
    },
    init: (ctx) => {
      found = ctx.db;
    },
  });
  const jobs = await createTestJobs({ plugins: { visits: { use: visits } } });
  onTestFinished(() => jobs[Symbol.asyncDispose]());
  if (!found) throw new Error(`the plugin is not on: ${JSON.stringify(await jobs.plugins.list())}`);
  return found;
}

test('onConflict adds to existing rows and inserts the others', async () => {
  const db = await opened();
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

test('a later version adds columns and a table, on a new database as on an old one', async () => {
  const columns = { ...COLUMNS, device: column.text(20), note: column.text().orNull(), share: column.real().orNull() };
  const Wide = defineTable(TABLE, columns, { key: ['day', 'page'], indexes: [['page']] });
  const Pages = defineTable('pwj_visits_pages', { page: column.text(100) }, { key: 'page' });
  const old = definePlugin({ name: 'visits', tables: [Days], init: (ctx) => count(ctx.db, [row('/old', 1)]).then() });
  const later = definePlugin({
    name: 'visits',
    tables: [Wide, Pages],
    migrations: {
      '002_device': Wide.add('device', 'desk'),
      '003_note': Wide.add('note'),
      '004_share': Wide.add('share'),
    },
    async init({ db }) {
      const large = 4_102_444_800_123;
      const more = { device: 'phone', note: 'x'.repeat(70_000), share: 0.25 };
      await db
        .insertInto(TABLE)
        .values({ ...row('/new', large), ...more })
        .execute();
      await db.insertInto('pwj_visits_pages').values({ page: '/new' }).execute();
      rows = await db.selectFrom(TABLE).selectAll().orderBy('page').execute();
      expect(rows[0]).toEqual({ ...row('/new', large), ...more });
    },
  });
  let rows: RowOf<typeof Wide>[] = [];
  const database = await testDatabase();
  // Both on one database: the second site opens what the first one has left.
  const file = onMysql() ? database : `sqlite:${await temporaryFolder()}/site.db`;
  for (const use of [old, later]) {
    await using _jobs = await createTestJobs({ plugins: { visits: { use } }, database: file });
  }
  expect(rows[1]).toEqual({ ...row('/old', 1), device: 'desk', note: null, share: null });
  await using _new = await createTestJobs({ plugins: { visits: { use: later } } });
  expect(rows).toHaveLength(1);
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
