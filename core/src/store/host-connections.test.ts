// The location of a database, and the database of a host given as a Kysely instance.
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { Kysely, MysqlDialect, SqliteDialect, sql } from 'kysely';
import { createPool } from 'mysql2';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { onMysql, testDatabase } from '../../../testing/src/test-database.ts';
import { systemClock, systemRandom } from '../kernel/clock.ts';
import type { Dialect } from './dialect.ts';
import { openDatabase } from './open.ts';

function hostOn(url: string): Kysely<object> {
  const host = new Kysely<object>({
    dialect: onMysql()
      ? new MysqlDialect({ pool: createPool(url) })
      : new SqliteDialect({ database: new SQLite(url.slice('sqlite:'.length)) }),
  });
  onTestFinished(() => host.destroy());
  return host;
}

async function open(database: string | Kysely<object>): Promise<Dialect> {
  const dialect = await openDatabase(database, systemClock, systemRandom);
  onTestFinished(() => dialect.close());
  return dialect;
}

test('a transaction on the connections of the host rolls back on error, and the database has no location', async () => {
  const dialect = await open(hostOn(await testDatabase()));
  const put = (key: string, error?: Error) =>
    dialect.transaction(async ({ db }) => {
      await db.insertInto('pwj_meta').values({ key, value: 'x' }).execute();
      if (error) throw error;
    });
  await expect(put('a', new Error('no'))).rejects.toThrow('no');
  await put('b');
  expect(await put('b').catch(dialect.isDuplicate)).toBe(true);
  const rows = await dialect.reader.selectFrom('pwj_meta').select('key').where('key', 'in', ['a', 'b']).execute();
  expect(rows).toEqual([{ key: 'b' }]);
  expect([dialect.place, dialect.inFlight]).toEqual([null, 0]);
});

// A server is reached by the connections of the host, and has no file.
if (!onMysql()) {
  test('a file opened by the instance of the host is used, and is the location', async () => {
    const file = join(await temporaryFolder(), 'cms.db');
    const dialect = await open(hostOn(`sqlite:${file}`));
    expect(dialect.place).toEqual({ engine: 'sqlite', file });
    expect(dialect.facts().durability).toBe('full');
  });
}

test('an instance of an unknown engine is refused with a list of the supported ones', async () => {
  const host = hostOn(await testDatabase());
  // Closed, it answers nothing that an engine would.
  await sql`select 1`.execute(host);
  await host.destroy();
  await expect(open(host)).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining('an unsupported engine. Supported: SQLite, MySQL and MariaDB.'),
  });
});
