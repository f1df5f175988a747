// Tables of plugins on a database whose own character set cannot hold every text.
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { openTestDatabase } from '../../../test/core-kit.ts';
import type { Dialect } from '../dialect.ts';
import { migrateScope } from '../migrate.ts';

type Steps = Parameters<typeof migrateScope>[2];

let made = 0;

async function onLatin1(): Promise<Dialect> {
  made += 1;
  const first = await openTestDatabase(`latin1 ${made}`);
  await sql`alter database character set latin1 collate latin1_swedish_ci`.execute(first.db);
  // A connection knows the character set of its database since it began.
  await first.close();
  const dialect = await openTestDatabase(`latin1 ${made}`);
  onTestFinished(() => dialect.close());
  return dialect;
}

const run = (on: Dialect, steps: Steps) => migrateScope(on, 'plugin:notes', steps, 1);

const notes: Steps[string] = (db) =>
  db.schema
    .createTable('notes')
    .addColumn('id', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('text', 'text')
    .execute();

const comments: Steps[string] = (db) =>
  db.schema
    .createTable('comments')
    .addColumn('id', 'varchar(64)', (c) => c.primaryKey())
    .addColumn('note', 'varchar(64)', (c) => c.references('notes.id'))
    .execute();

async function charsetOf(dialect: Dialect, table: string): Promise<string> {
  const { rows } = await sql<{ name: string }>`select table_collation as name from information_schema.tables
    where table_schema = database() and table_name = ${table}`.execute(dialect.db);
  return rows[0]?.name.split('_')[0] ?? '';
}

test('a plugin table accepts any text even if the database is latin1', async () => {
  const dialect = await onLatin1();
  await run(dialect, { '1': notes });
  const text = 'grinning \u{1F600}';
  await sql`insert into notes (id, text) values ('a', ${text}), ('A', ${text}), ('a ', ${text})`.execute(dialect.db);
  const { rows } = await sql`select text from notes`.execute(dialect.db);
  expect(rows).toEqual([{ text }, { text }, { text }]);
});

test('a plugin may set the character set of its table', async () => {
  const dialect = await onLatin1();
  await run(dialect, {
    '1': (db) => db.schema.createTable('own').addColumn('id', 'integer').modifyEnd(sql`character set ascii`).execute(),
  });
  expect(await charsetOf(dialect, 'own')).toBe('ascii');
});

test('a table that references an older table gets its character set, because the keys must match', async () => {
  const dialect = await onLatin1();
  await sql`create table notes (id varchar(64) primary key, text text)`.execute(dialect.db);
  await run(dialect, { '2': comments });
  expect(await charsetOf(dialect, 'comments')).toBe('latin1');
});
