// The step of the tables may run again where a crash left it half done.
import { test } from 'vitest';
import { openDatabase } from '../test/database.ts';
import { migrations } from './tables.ts';

test('every migration can run again', async () => {
  const db = await openDatabase();
  for (const step of Object.values(migrations)) await step.up(db);
  for (const step of Object.values(migrations)) await step.up(db);
  for (const step of Object.values(migrations).reverse()) await step.down?.(db);
  for (const step of Object.values(migrations)) await step.up(db);
});
