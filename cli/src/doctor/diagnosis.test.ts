// What `doctor` finds in a database, on each engine.
import { systemClock, systemRandom } from '@phraseworks/jobs/internals/base';
import { connect, runningOn, stepsRun } from '@phraseworks/jobs/internals/core';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { byHand, leaveStatesAlone } from '../../../core/test/by-hand.ts';
import { type CoreKit, openCore } from '../../../core/test/core-kit.ts';
import { diagnosisOf, missingParts } from './database-checks.ts';
import { drift, parkedReasons } from './work-checks.ts';

async function open(): Promise<CoreKit> {
  const kit = await openCore();
  onTestFinished(() => kit.close());
  return kit;
}

test('an opened database has the settings that durability and claims need', async () => {
  const { dialect } = await open();
  const checks = await diagnosisOf(dialect).settings(dialect.db);
  expect(checks.find(({ check }) => check === 'durability')?.says).toMatch(
    /^(synchronous is FULL|innodb_flush_log_at_trx_commit is \d)/,
  );
  expect(checks.filter(({ state }) => state === 'fail')).toEqual([]);
});

const model = () => connect('sqlite::memory:', { clock: systemClock, random: systemRandom });

test('a new database has all columns and indexes, in the right engine and collation', async () => {
  const { dialect } = await open();
  expect(await missingParts(dialect, model)).toEqual([]);
  expect(await diagnosisOf(dialect).oddTables(dialect)).toEqual([]);
  expect((await diagnosisOf(dialect).damage(dialect.reader)) ?? []).toEqual([]);
});

test('a missing table, column or index is named, and so is an index that runs backwards or is no longer unique', async () => {
  const { dialect } = await open();
  const { db } = dialect;
  const drop = async (index: string, table: string) => {
    const statement = db.schema.dropIndex(index);
    await (dialect.name === 'mysql' ? statement.on(table) : statement).execute();
  };
  await drop('pwj_jobs_claim', 'pwj_jobs');
  await sql`create index pwj_jobs_claim on pwj_jobs (state, lane, priority desc, id)`.execute(db);
  await drop('pwj_jobs_key', 'pwj_jobs');
  await sql`create index pwj_jobs_key on pwj_jobs (idempotency_key)`.execute(db);
  await sql`alter table pwj_nodes drop column about`.execute(db);
  await sql`drop table pwj_receipts`.execute(db);
  expect((await missingParts(dialect, model))?.sort()).toEqual([
    'pwj_jobs: index pwj_jobs_claim (state, lane, priority, id)',
    'pwj_jobs: unique index pwj_jobs_key (idempotency_key)',
    'pwj_nodes: column about',
    'the table pwj_receipts',
  ]);
});

test('rights are tested on a table that is dropped afterwards', async () => {
  const { dialect } = await open();
  await diagnosisOf(dialect).tryRights(dialect, 'pwj_doctor_one');
  const tables = (await dialect.db.introspection.getTables()).map(({ name }) => name);
  expect(tables).not.toContain('pwj_doctor_one');
  expect(typeof (await diagnosisOf(dialect).mayDoEverything(dialect.db))).toBe('boolean');
});

test('counts that differ from the rows are named, and are correct after a recount', async () => {
  const kit = await open();
  kit.register('mail', () => undefined);
  await kit.add({ type: 'mail', data: {} });
  expect(await drift(kit.dialect)).toEqual([]);
  await kit.dialect.db.deleteFrom('pwj_jobs').execute();
  expect(await drift(kit.dialect)).toEqual([{ state: 'ready', type: 'mail', n: 1 }]);
  await kit.core.maintenance.recount();
  expect(await drift(kit.dialect)).toEqual([]);
});

test('parked jobs are counted by their reason, running ones by their process', async () => {
  const kit = await open();
  await kit.add({ type: 'nobody', data: {} });
  expect([...(await parkedReasons(kit.dialect))]).toEqual([['no_processor', 1]]);
  expect(await runningOn(kit.dialect, [], 1)).toEqual({ n: 0, first: [] });
  expect(await runningOn(kit.dialect, ['gone'], 1)).toEqual({ n: 0, first: [] });
  await leaveStatesAlone(kit.dialect.db);
  await byHand(kit.dialect.db).updateTable('pwj_jobs').set({ state: 'processing', node: 'gone' }).execute();
  expect(await runningOn(kit.dialect, ['gone'], 1)).toMatchObject({ n: 1, first: [{ type: 'nobody', node: 'gone' }] });
});

test('the steps that have run are known', async () => {
  const { dialect } = await open();
  expect([...(await stepsRun(dialect))]).toContain('core 001-tables');
});
