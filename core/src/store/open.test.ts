// Opening a database: set up and read back, or refused with what to do.
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { systemClock, systemRandom } from '../kernel/clock.ts';
import type { Dialect } from './dialect.ts';
import { migrateScope } from './migrate.ts';
import { openDatabase } from './open.ts';

let folder: string;
let dialects: Dialect[];
beforeEach(async () => {
  folder = await temporaryFolder();
  dialects = [];
});
afterEach(async () => {
  for (const dialect of dialects) await dialect.close();
});

async function open(url: string): Promise<Dialect> {
  const dialect = await openDatabase(url, systemClock, systemRandom);
  dialects.push(dialect);
  return dialect;
}

describe('a file', () => {
  test('is created with its folders, flushes to disk at each commit, and reports that', async () => {
    const path = join(folder, 'a', 'b', 'jobs.db');
    const dialect = await open(`sqlite:${path}`);
    expect(dialect.facts()).toEqual({
      engine: 'SQLite',
      version: expect.stringMatching(/^3\./),
      durability: 'full',
      location: path,
    });
    const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(dialect.db);
    expect(rows).toEqual([{ synchronous: 2 }]);
    expect((await sql<{ journal_mode: string }>`pragma journal_mode`.execute(dialect.db)).rows).toEqual([
      { journal_mode: 'wal' },
    ]);
  });

  test('is migrated once if three open it at the same time', async () => {
    const url = `sqlite:${join(folder, 'jobs.db')}`;
    const all = await Promise.all([open(url), open(url), open(url)]);
    const steps = (await all[0]?.reader.selectFrom('pwj_migrations').select('name').execute()) ?? [];
    const names = steps.map(({ name }) => name);
    expect(names).toEqual(['001-tables']);
  });
});

describe('migrations', () => {
  test('that fail leave nothing behind and run again', async () => {
    const dialect = await open('sqlite::memory:');
    const broken = {
      '001-a': async (db: Dialect['db']) => {
        await db.schema.createTable('pwj_shop_things').addColumn('id', 'text').execute();
        throw new Error('in the middle');
      },
    };
    await expect(migrateScope(dialect, 'shop', broken, 1)).rejects.toThrow('in the middle');
    const table = {
      '001-a': (db: Dialect['db']) => db.schema.createTable('pwj_shop_things').addColumn('id', 'text').execute(),
    };
    expect(await migrateScope(dialect, 'shop', table, 1)).toEqual(['001-a']);
  });
});
