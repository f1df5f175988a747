// The data of a plugin is deleted for good, also after its package has gone.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { sharedDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';

type Tables = { pwj_shop_a_orders: { id: number }; pwj_shop_lines: { id: number; order_id: number } };

/** Two tables, one of which refers to the other, a schedule and a type. */
const shop = definePlugin({
  name: 'shop',
  migrations: {
    '001': {
      up: async (db) => {
        await db.schema
          .createTable('pwj_shop_a_orders')
          .addColumn('id', 'integer', (c) => c.primaryKey())
          .execute();
        await db.schema
          .createTable('pwj_shop_lines')
          .addColumn('id', 'integer', (c) => c.primaryKey())
          .addColumn('order_id', 'integer')
          .addForeignKeyConstraint('pwj_shop_lines_order', ['order_id'], 'pwj_shop_a_orders', ['id'])
          .execute();
      },
      down: async (db) => {
        await db.schema.dropTable('pwj_shop_lines').execute();
        await db.schema.dropTable('pwj_shop_a_orders').execute();
      },
    },
  },
  async init(ctx) {
    const db = ctx.db.withTables<Tables>();
    await db.insertInto('pwj_shop_a_orders').values({ id: 1 }).execute();
    await db.insertInto('pwj_shop_lines').values({ id: 1, order_id: 1 }).execute();
    ctx.registerProcessor('ship', async () => 'shipped');
    await ctx.scheduleJob({ name: 'nightly', type: 'ship', schedule: '0 3 * * *', data: {} });
  },
});

/** Its tables begin like those of `shop`. */
const shopEu = definePlugin({
  name: 'shop-eu',
  migrations: {
    '001': {
      up: (db) => db.schema.createTable('pwj_shop_eu_taxes').addColumn('id', 'integer').execute(),
      down: (db) => db.schema.dropTable('pwj_shop_eu_taxes').execute(),
    },
  },
  init: () => {},
});

const both = { shop: { use: shop }, 'shop-eu': { use: shopEu } };
const onlyEu = { 'shop-eu': { use: shopEu } };
const TABLES = ['pwj_shop_a_orders', 'pwj_shop_lines'];

const purge = async (jobs: TestJobs, name: string): Promise<{ status: number; body: unknown }> => {
  const answer = await jobs.request(`/api/plugins/${name}/data`, { method: 'DELETE' });
  return { status: answer.status, body: await answer.json() };
};
const listed = async (jobs: TestJobs, as: 'admin' | 'user' = 'admin'): Promise<unknown> =>
  (await jobs.request('/api/plugins', { as })).json();

test('a plugin whose package is gone is listed with its leftovers, and purged without touching its neighbours', async () => {
  const database = await sharedDatabase();
  {
    await using jobs = await createTestJobs({ database, plugins: both, start: false });
    await jobs.addJob({ type: 'ship', data: {} });
  }
  await using jobs = await createTestJobs({ database, plugins: onlyEu, start: false });
  expect(await listed(jobs)).toMatchObject({
    plugins: [{ name: 'shop-eu' }, { name: 'api' }, { name: 'files' }],
    removed: [{ name: 'shop', jobs: 1, schedules: ['nightly'], tables: TABLES }],
  });
  expect(await listed(jobs, 'user')).toMatchObject({
    plugins: [{ name: 'shop-eu' }, { name: 'api' }, { name: 'files' }],
    removed: [],
  });
  expect(await purge(jobs, 'shop')).toEqual({
    status: 200,
    body: { name: 'shop', jobs: 1, schedules: 1, tables: TABLES },
  });
  expect(await listed(jobs)).toMatchObject({ removed: [] });
  expect((await jobs.listJobs()).jobs).toEqual([]);
  expect((await jobs.pluginTables()).sort()).toEqual(['pwj_shop_eu_taxes']);
  expect(await purge(jobs, 'shop')).toMatchObject({ status: 404, body: { code: 'PLUGIN_NOT_FOUND' } });
});

test('an installed plugin is purged by its own migrations, once it is off', async () => {
  await using jobs = await createTestJobs({ plugins: both });
  expect(await purge(jobs, 'shop')).toMatchObject({ status: 409, body: { code: 'INVALID_STATE' } });
  await jobs.plugins.disable('shop');
  expect(await purge(jobs, 'shop')).toMatchObject({ status: 200, body: { jobs: 0, schedules: 1, tables: TABLES } });
  expect(await jobs.plugins.enable('shop')).toBe('on');
  expect((await jobs.pluginTables()).sort()).toEqual([...TABLES, 'pwj_shop_eu_taxes'].sort());
});

test('a purged plugin stays off while configured, and is not listed otherwise', async () => {
  const database = await sharedDatabase();
  {
    await using jobs = await createTestJobs({ database, plugins: both });
    await jobs.plugins.disable('shop');
    await purge(jobs, 'shop');
    expect(await jobs.plugins.list()).toMatchObject([
      { name: 'shop', state: 'off' },
      { state: 'on' },
      { name: 'api' },
      { name: 'files' },
    ]);
  }
  await using jobs = await createTestJobs({ database, plugins: onlyEu });
  expect(await listed(jobs)).toMatchObject({
    plugins: [{ name: 'shop-eu' }, { name: 'api' }, { name: 'files' }],
    removed: [],
  });
});

test('a plugin that still runs in another process is not purged', async () => {
  const database = await sharedDatabase();
  await using other = await createTestJobs({ database, plugins: both });
  await using jobs = await createTestJobs({ database, plugins: onlyEu });
  await other.advance(2_000);
  expect(await listed(jobs)).toMatchObject({ removed: [] });
  const refused = await purge(jobs, 'shop');
  expect(refused).toMatchObject({ status: 409, body: { code: 'INVALID_STATE' } });
  expect((await jobs.pluginTables()).sort()).toEqual([...TABLES, 'pwj_shop_eu_taxes'].sort());
});

test('jobs whose type now belongs to another plugin are kept', async () => {
  const database = await sharedDatabase();
  {
    await using jobs = await createTestJobs({ database, plugins: { shop: { use: shop } }, start: false });
    await jobs.addJob({ type: 'ship', data: {}, delay: 60_000 });
  }
  const store = definePlugin({
    name: 'store',
    init: (ctx) => void ctx.registerProcessor('ship', async () => 'shipped'),
  });
  await using jobs = await createTestJobs({ database, plugins: { store: { use: store } }, start: false });
  expect(await purge(jobs, 'shop')).toMatchObject({ status: 200, body: { jobs: 0, tables: TABLES } });
  expect((await jobs.listJobs()).jobs).toHaveLength(1);
});

test('a plugin whose package is gone is purged once it is off, also while it is configured', async () => {
  const database = await sharedDatabase();
  {
    await using _jobs = await createTestJobs({ database, plugins: both });
  }
  const missing = { shop: { use: 'no-such-package' } };
  await using jobs = await createTestJobs({ database, plugins: missing, onPluginFailure: 'continue' });
  expect(await purge(jobs, 'shop')).toMatchObject({ status: 409, body: { code: 'INVALID_STATE' } });
  await jobs.plugins.disable('shop');
  expect(await purge(jobs, 'shop')).toMatchObject({ status: 200, body: { schedules: 1, tables: TABLES } });
  expect(await jobs.pluginTables()).toEqual(['pwj_shop_eu_taxes']);
});

test('a plugin whose code is there and cannot be loaded is not purged, and the answer says what to do', async () => {
  const database = await sharedDatabase();
  {
    await using _jobs = await createTestJobs({ database, plugins: both });
  }
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'shop.mjs'), "throw new Error('half an edit');");
  const broken = { shop: { use: join(folder, 'shop.mjs'), enabled: false } };
  await using jobs = await createTestJobs({ database, plugins: broken, onPluginFailure: 'continue' });
  const { status, body } = await purge(jobs, 'shop');
  expect([status, body]).toMatchObject([409, { code: 'INVALID_STATE' }]);
  expect(JSON.stringify(body)).toContain('remove the plugin from the configuration');
  expect(await jobs.pluginTables()).toEqual(expect.arrayContaining(TABLES));
});
