// Dumps that were tampered with, verified and restored by a login that may do everything: nothing outside their own database changes.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HEAD, putDump } from '../test/archives.ts';
import { site, type TestSite, temporaryFolder } from '../test/kit.ts';
import { asRoot, loginsOf, newDatabase, newLogin, urlOf } from '../test/server.ts';
import { running, toolsOf } from '../test/tools.ts';
import { loadWithin } from './engines/load-within.ts';
import { mysql } from './engines/mysql/engine.ts';
import { type Login, readServerUrl } from './engines/server-url.ts';
import type { DatabasePart } from './manifest.ts';
import { restoreBackup } from './restore.ts';

const ID = HEAD.id;

const put = ({ folder }: TestSite, body: string) =>
  putDump(folder, { name: 'shop', engine: 'mysql', path: 'databases/shop.sql', body });

/** Everything on the server that a dump could have changed, but for the databases and logins of copies. */
async function serverNow(other: string): Promise<unknown> {
  const ask = (sql: string) => asRoot([sql]);
  return {
    tables: await ask(
      `select table_name, table_type, create_time from information_schema.tables where table_schema = '${other}' order by 1`,
    ),
    rows: await ask(`select * from ${other}.accounts order by id`),
    programs: await ask(
      `select routine_name as name from information_schema.routines where routine_schema = '${other}'
       union all select trigger_name from information_schema.triggers where trigger_schema = '${other}'
       union all select event_name from information_schema.events where event_schema = '${other}'`,
    ),
    users: await ask(
      "select user, host, authentication_string from mysql.user where user not like 'pwj\\_%' and user not like 'u%' order by 1, 2",
    ),
    evil: await ask("select schema_name from information_schema.schemata where schema_name like 'evil%'"),
    log: await ask('select @@global.general_log as log, @@global.event_scheduler as events'),
  };
}

const TAMPERED: [what: string, sql: (other: string) => string][] = [
  [
    'drops a table of another database behind a comment',
    (other) => `/* x */ DROP /* y */ TABLE /*z*/ ${other}.accounts;`,
  ],
  ['inserts behind a comment', (other) => `INSERT INTO /* */ ${other}.accounts VALUES (2, 'evil');`],
  [
    'moves its own table into another database',
    (other) => `CREATE TABLE t (a int); ALTER TABLE t RENAME TO ${other}.t;`,
  ],
  ['renames', (other) => `CREATE TABLE t (a int); RENAME TABLE t TO ${other}.t;`],
  ['changes the database first', (other) => `USE ${other};\nDROP TABLE accounts;`],
  ['changes the database by a command of the client', (other) => `\\u ${other}\nDROP TABLE accounts;`],
  ['makes a view elsewhere', (other) => `CREATE VIEW ${other}.v AS SELECT 1;`],
  [
    'makes a procedure elsewhere',
    (other) => `DELIMITER ;;\nCREATE PROCEDURE ${other}.p() BEGIN SELECT 1; END;;\nDELIMITER ;`,
  ],
  [
    'makes a trigger elsewhere',
    (other) => `CREATE TRIGGER ${other}.t BEFORE INSERT ON ${other}.accounts FOR EACH ROW SET NEW.name = 'x';`,
  ],
  [
    'makes an event elsewhere',
    (other) => `CREATE EVENT ${other}.e ON SCHEDULE EVERY 1 SECOND DO DELETE FROM ${other}.accounts;`,
  ],
  [
    'makes an event of its own',
    (other) => `CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO DELETE FROM ${other}.accounts;`,
  ],
  ['makes a user behind a comment', () => "CREATE /*x*/ USER evil@'%';"],
  ['sets a password', () => "SET PASSWORD FOR root@'127.0.0.1' = PASSWORD('x');"],
  ['grants rights', () => 'GRANT ALL ON *.* TO CURRENT_USER;'],
  ['makes a database', () => 'CREATE DATABASE evil1;'],
  ['sets a global variable', () => 'SET GLOBAL general_log = 1;'],
  ['prepares what it runs', (other) => `SET @q = 'DROP TABLE ${other}.accounts'; PREPARE s FROM @q; EXECUTE s;`],
  [
    'runs as another definer',
    (other) =>
      `CREATE DEFINER=\`root\`@\`127.0.0.1\` PROCEDURE p() SQL SECURITY DEFINER DELETE FROM ${other}.accounts;\nCALL p();`,
  ],
  [
    'hides its definer from us',
    (other) =>
      `  CREATE /**/ DEFINER=root@'127.0.0.1' SQL SECURITY DEFINER VIEW v AS SELECT * FROM ${other}.accounts;\nDELETE FROM v;`,
  ],
  ['writes a file', () => `SELECT 'x' INTO OUTFILE '/tmp/pwj-evil-${process.pid}';`],
];

test.each(TAMPERED)('a dump that %s changes nothing outside its copy, verified or restored', async (_what, sql) => {
  const shop = await newDatabase();
  const other = await newDatabase([
    'create table accounts (id int primary key, name varchar(20))',
    "insert into accounts values (1, 'ada')",
  ]);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  await put(here, `CREATE TABLE first (a int);\n${sql(other)}\n-- Dump completed\n`);
  const before = await serverNow(other);
  await here.run('backup_verify', { id: ID });
  const refused = expect.stringMatching(/the server refused .* \(error \d{4}\)|mariadb ended with code 1/);
  expect(await here.list()).toMatchObject([{ id: ID, restoreTested: null, notRestored: refused }]);
  const target = `${shop}_target`;
  const options = { to: urlOf(target), mayReplace: async () => false };
  await restoreBackup(ID, options, toolsOf(here), running()).catch(() => {});
  expect(await serverNow(other)).toEqual(before);
  // No login and no copy of the proof is left behind.
  expect(await loginsOf(other)).toEqual([]);
  expect(await asRoot([`show databases like '${shop}\\_pwj\\_verify%'`])).toEqual([]);
});

test.each([
  [
    'makes a large row with each statement',
    'CREATE TABLE t (a longblob);',
    "INSERT INTO t VALUES (repeat('x', 10000000));",
  ],
  [
    'fills a table with one statement',
    '',
    "CREATE TABLE t (a text) AS SELECT repeat('x', 1000) AS a FROM seq_1_to_1000000000;",
  ],
])('a dump that %s is stopped, and so is what it left running', async (_what, first, again) => {
  const shop = await newDatabase();
  const folder = await temporaryFolder();
  const file = join(folder, 'endless.sql');
  await writeFile(file, `${first}\n${`${again}\n`.repeat(100)}-- Dump completed\n`);
  const login = readServerUrl(urlOf(shop)) as Login;
  const where = { folder, signal: new AbortController().signal };
  const part = { charset: 'utf8mb4' } as DatabasePart;
  const scratch = await mysql.makeScratch(login, { id: ID, part, alone: false }, where);
  const limits = { bytes: 30_000_000, seconds: 2 };
  const options = { ...where, withEvents: false, isLimited: true, progress: () => {}, owner: login, limits };
  await expect(loadWithin(mysql, scratch, file, options)).rejects.toMatchObject({
    code: 'RESTORE_FAILED',
    message: 'the dump makes a database of more than 30.0 MB, or one of its statements does not end',
  });
  await mysql.dropScratch(login, ID, where);
  expect(await asRoot([`show databases like '${shop}\\_pwj\\_verify%'`])).toEqual([]);
  expect(await asRoot([`select id from information_schema.processlist where user = '${scratch.user}'`])).toEqual([]);
});

test('a dump makes no temporary tables, which would grow outside of its database', async () => {
  const shop = await newDatabase();
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  await put(here, 'CREATE TABLE first (a int);\nCREATE TEMPORARY TABLE t (a int);\n-- Dump completed\n');
  await here.run('backup_verify', { id: ID });
  expect(await here.list()).toMatchObject([{ notRestored: expect.stringContaining('(error 1044)') }]);
});

test('if no limited login can be created, an unknown archive is not restored, and one of this site is', async () => {
  const shop = await newDatabase(['create table goods (id int primary key)', 'insert into goods values (1)']);
  const login = await newLogin(`u${shop.slice(-10)}`, `all on \`${shop.replaceAll('_', '\\_')}%\`.*`);
  await using here = await site({ own: false, databases: { shop: urlOf(shop, login) } });
  const { id } = await here.backup();
  expect(await here.run('backup_restore', { id })).toMatchObject({ status: 'completed' });
  expect(await asRoot(['select id from goods'], `${shop}_restored_${id}`)).toEqual([{ id: 1 }]);
  await put(here, 'CREATE TABLE goods (id int);\n-- Dump completed\n');
  // A check records the SHA-256 of the archive, which does not make it this site's own.
  await here.run('backup_verify', { id: ID });
  expect((await here.run('backup_restore', { id: ID }))?.error).toMatch(
    /^NOT_TRUSTED: no login that is limited to the target can be created/,
  );
  expect(
    await asRoot([`select * from information_schema.tables where table_schema = '${shop}_restored_${ID}'`]),
  ).toEqual([]);
});
