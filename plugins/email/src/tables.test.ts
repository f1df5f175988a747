// The steps of the tables: each may run again where a crash left it half done, and rows of an older version are found by address.
import { expect, test } from 'vitest';
import { openDatabase } from '../test/database.ts';
import { migrations } from './tables.ts';

test('every migration can run again', async () => {
  const db = await openDatabase();
  for (const step of Object.values(migrations)) await step.up(db);
  for (const step of Object.values(migrations)) await step.up(db);
  for (const step of Object.values(migrations).reverse()) await step.down?.(db);
  for (const step of Object.values(migrations)) await step.up(db);
});

test('existing rows get their address', async () => {
  const db = await openDatabase();
  const row = { job_id: 'job', message_id: '<job.1@x>', state: 'accepted', response: '', attempts: 1, at: 1 } as const;
  await db
    .insertInto('pwj_email_deliveries')
    .values({ ...row, recipient: 'Ada@X.test', address: '' })
    .execute();
  await migrations['003_find_by_address']?.up(db);
  expect(await db.selectFrom('pwj_email_deliveries').select('address').execute()).toEqual([{ address: 'ada@x.test' }]);
});
