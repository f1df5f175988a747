// What `doctor` finds where somebody has changed a table's engine or collation.
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { openCore } from '../../../core/test/core-kit.ts';
import { diagnosisOf } from './database-checks.ts';

test('a table of another engine or collation is named', async () => {
  const kit = await openCore();
  onTestFinished(() => kit.close());
  const { dialect } = kit;
  await sql`alter table pwj_logs engine = MyISAM, convert to character set latin1`.execute(dialect.db);
  expect((await diagnosisOf(dialect).oddTables(dialect)).map(({ says }) => says)).toEqual([
    'pwj_logs is a table of MyISAM, not InnoDB',
    'pwj_logs has the collation latin1_swedish_ci',
  ]);
});
