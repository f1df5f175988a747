// The manual steps of the README for SQLite: a database taken from an archive with tar equals its source row by row.
import { execFileSync } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { site, temporaryFolder } from '../test/kit.ts';

/** The archive's folder of databases. */
async function unpacked(archive: string): Promise<string> {
  const folder = await temporaryFolder();
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  return join(folder, 'databases');
}

const GOODS = `create table goods (id integer primary key, name text, data blob, price real);
  insert into goods values (1, 'it''s; -- 🎉 \\n', x'00ff270a', 0.1), (9007199254740993, null, x'', -0.0);
  create view seen as select id, name from goods;
  create trigger loud after insert on goods begin update goods set name = upper(name) where id = new.id; end;
  create virtual table words using fts5 (text); insert into words values ('alpha beta');`;

test('an SQLite database is a file that every tool opens', async () => {
  const file = join(await temporaryFolder(), 'shop.db');
  const db = new Database(file);
  db.exec(GOODS);
  await using here = await site({ own: false, databases: { shop: `sqlite:${file}` } });
  const { file: archive } = await here.backup();
  const copy = join(await temporaryFolder(), 'restored.db');
  await cp(join(await unpacked(join(here.folder, archive)), 'shop.sqlite'), copy);
  const restored = new Database(copy, { readonly: true });
  for (const sql of [
    'select * from goods order by id',
    'select * from seen order by id',
    'select type, name, sql from sqlite_master order by name',
    "select * from words where words match 'beta'",
  ])
    expect(restored.prepare(sql).safeIntegers(true).raw(true).all()).toEqual(
      db.prepare(sql).safeIntegers(true).raw(true).all(),
    );
  restored.close();
  db.close();
});
