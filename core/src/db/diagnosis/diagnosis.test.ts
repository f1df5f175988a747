// What is asked of a database when something seems to be wrong, on each engine.
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { type EngineKit, openEngine } from '../../testing/engine-kit.ts';
import { claimIndex, databaseClock, engineSettings } from './engine-settings.ts';
import { isForAll, mayDoEverything, tryRights } from './rights.ts';
import { drift, heldJobs, parkedReasons } from './standing.ts';
import { stepsRun } from './steps-run.ts';

async function open(): Promise<EngineKit> {
  const kit = await openEngine();
  onTestFinished(() => kit.close());
  return kit;
}

test('the settings that durability and claims stand on are read from the connection', async () => {
  const { dialect } = await open();
  const settings = await engineSettings(dialect);
  expect(settings.durability.setting).toMatch(/^(synchronous|innodb_flush_log_at_trx_commit)$/);
  expect(settings.strict).toBe(true);
  expect(settings.isolation).toBe(dialect.name === 'sqlite' ? 'SERIALIZABLE' : 'READ-COMMITTED');
  expect(await claimIndex(dialect)).toEqual(['state', 'lane', 'priority', 'id']);
});

test('an index that runs backwards, or is gone, is seen', async () => {
  const { dialect } = await open();
  const drop = dialect.db.schema.dropIndex('pwj_jobs_claim');
  await (dialect.name === 'mysql' ? drop.on('pwj_jobs') : drop).execute();
  expect(await claimIndex(dialect)).toEqual([]);
  await sql`create index pwj_jobs_claim on pwj_jobs (state, lane, priority desc)`.execute(dialect.db);
  const columns = await claimIndex(dialect);
  expect(columns.slice(0, 2)).toEqual(['state', 'lane']);
  expect(columns[2]).toMatch(/^priority( desc)?$/);
});

test('rights are tried on a table that is gone afterwards', async () => {
  const { dialect } = await open();
  await tryRights(dialect, 'pwj_doctor_one');
  const tables = (await dialect.db.introspection.getTables()).map(({ name }) => name);
  expect(tables).not.toContain('pwj_doctor_one');
  expect(typeof (await mayDoEverything(dialect))).toBe('boolean');
});

test.each([
  ['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION', true],
  ['GRANT SELECT, SUPER ON *.* TO `a`@`%`', true],
  ['GRANT USAGE ON *.* TO `site`@`%`', false],
  ['GRANT ALL PRIVILEGES ON `jobs`.* TO `site`@`%`', false],
])('%s: for the whole server is %s', (grant, all) => {
  expect(isForAll(grant)).toBe(all);
});

test('counts that differ from the rows are named, and are right again after a recount', async () => {
  const kit = await open();
  kit.register('mail', () => undefined);
  await kit.add({ type: 'mail', data: {} });
  expect(await drift(kit.dialect)).toEqual([]);
  await kit.dialect.db.deleteFrom('pwj_jobs').execute();
  expect(await drift(kit.dialect)).toEqual([{ state: 'ready', type: 'mail', n: 1 }]);
  await kit.engine.maintenance.recount();
  expect(await drift(kit.dialect)).toEqual([]);
});

test('parked jobs are counted by their reason, held ones by their node', async () => {
  const kit = await open();
  await kit.add({ type: 'nobody', data: {} });
  expect([...(await parkedReasons(kit.dialect))]).toEqual([['no_processor', 1]]);
  expect(await heldJobs(kit.dialect, [])).toBe(0);
  expect(await heldJobs(kit.dialect, ['gone'])).toBe(0);
  await kit.dialect.db.updateTable('pwj_jobs').set({ state: 'processing', node: 'gone' }).execute();
  expect(await heldJobs(kit.dialect, ['gone'])).toBe(1);
});

test('the steps that have run are known, and the clock of a server is near ours', async () => {
  const { dialect } = await open();
  expect([...(await stepsRun(dialect))]).toContain('core 001-jobs');
  const theirs = await databaseClock(dialect);
  if (dialect.name === 'sqlite') expect(theirs).toBeNull();
  else expect(Math.abs((theirs ?? 0) - Date.now())).toBeLessThan(5_000);
});
