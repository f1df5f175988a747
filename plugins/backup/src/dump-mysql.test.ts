// Failed dumps of MySQL and MariaDB: none is ever called verified, and missing parts are named.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programs, site, type TestSite, temporaryFolder } from '../test/kit.ts';
import { asRoot, newDatabase, newLogin, urlOf } from '../test/server.ts';
import type { Listed } from './state.ts';

const GOODS = [
  'create table goods (id int primary key, name varchar(20))',
  "insert into goods values (1, 'a'), (2, 'b')",
];

const failed = async (here: TestSite) => (await here.run('backup', { type: 'database' }))?.error;

test.each([
  ['that is killed half-way', 'kill -KILL $$', 'mariadb-dump was ended by SIGKILL'],
  ['that succeeds without its closing mark', 'exit 0', 'the output of mariadb-dump ends before its closing mark'],
])('a dump program %s fails the backup, and nothing of it is kept', async (_how, end, why) => {
  const shop = await newDatabase(GOODS);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  // The second and last time is the one that counts: --version is asked for first.
  const real = process.env.PATH;
  await programs({
    'mariadb-dump': `PATH='${real}'; case "$*" in *--version*) exec mariadb-dump --version;; esac
mariadb-dump "$@" | head -c 1500; ${end}`,
  });
  expect(await failed(here)).toBe(`DUMP_FAILED: ${why}`);
  expect([await here.files(), await here.list()]).toEqual([[], []]);
});

test('without the client programs everything else is backed up, and the packages to install are named before and after', async () => {
  const shop = await newDatabase(GOODS);
  const uploads = await temporaryFolder();
  await writeFile(join(uploads, 'a'), 'alpha');
  await programs({}, '');
  await using here = await site({ own: false, databases: { shop: urlOf(shop) }, files: { uploads } });
  const words =
    'neither mariadb-dump nor mysqldump can be run here: install one, such as with apt-get install mariadb-client';
  const page = await (await here.jobs.request('/api/panels/backup/backups')).text();
  expect(page).toContain(words);
  expect(await here.run('backup', { type: 'full' })).toMatchObject({ status: 'failed' });
  const [{ state, missing, contains } = {} as Listed] = await here.list();
  expect({ state, missing, folders: contains.folders.length }).toEqual({
    state: 'incomplete',
    missing: [{ part: 'shop', what: '', reason: `MISSING_LIBRARY: ${words}`, optional: false }],
    folders: 1,
  });
});

test('a view that cannot be dumped is reported, and the rest is in the backup', async () => {
  const shop = await newDatabase([
    ...GOODS,
    'create table gone (a int)',
    'create view broken as select a from gone',
    'create view fine as select name from goods',
    'drop table gone',
  ]);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  expect(await failed(here)).toMatch(
    /^INCOMPLETE: .* it lacks shop\/view broken cannot be read, so it is not in the dump \(ER_VIEW_INVALID\)/,
  );
  const [{ state, missing, contains, restoreTested } = {} as Listed] = await here.list();
  expect({ state, names: missing.map(({ what }) => what), rows: contains.databases[0]?.rows }).toEqual({
    ...{ state: 'incomplete', names: ['view broken'], rows: 2 },
  });
  expect(restoreTested).not.toBeNull();
});

test('the history of system-versioned tables is dumped and restored', async () => {
  const shop = await newDatabase([
    'create table prices (id int primary key, price int) with system versioning',
    'insert into prices values (1, 10), (2, 20)',
    'update prices set price = 11 where id = 1',
    'delete from prices where id = 2',
  ]);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  const { id, rows, restoreTested } = await here.backup();
  expect({ rows, restoreTested }).toEqual({ rows: 3, restoreTested: expect.any(String) });
  expect(await here.run('backup_restore', { id })).toMatchObject({ status: 'completed' });
  const history = 'select id, price, row_start, row_end from prices for system_time all order by id, row_start';
  expect(await asRoot([history], `${shop}_restored_${id}`)).toEqual(await asRoot([history], shop));
});

test('triggers and routines hidden from a login are missing, so its backup is never verified', async () => {
  const shop = await newDatabase([
    ...GOODS,
    'create trigger loud before insert on goods for each row set new.name = upper(new.name)',
    'create procedure greet() select 1',
  ]);
  const login = await newLogin(`u${shop.slice(-10)}`, `select, show view, event, lock tables on ${shop}.*`);
  await using here = await site({ own: false, databases: { shop: urlOf(shop, login) } });
  expect(await failed(here)).toMatch(/^INCOMPLETE: .*shop\/triggers are not visible to this login/);
  const [{ state, missing } = {} as Listed] = await here.list();
  expect({ state, names: missing.map(({ what }) => what) }).toEqual({
    state: 'incomplete',
    names: ['triggers', 'routines'],
  });
});

test('routines that a login sees but may not read are reported, and the rest is in the backup', async () => {
  const shop = await newDatabase([...GOODS, 'create procedure greet() select 1']);
  const rights = `select, show view, event, lock tables, trigger, execute on ${shop}.*`;
  const login = await newLogin(`u${shop.slice(-10)}`, rights);
  await using here = await site({ own: false, databases: { shop: urlOf(shop, login) } });
  expect(await failed(here)).toMatch(/^INCOMPLETE: .*shop\/procedure greet may not be read by this login/);
  const [{ state, missing, contains } = {} as Listed] = await here.list();
  expect({ state, names: missing.map(({ what }) => what), rows: contains.databases[0]?.rows }).toEqual({
    ...{ state: 'incomplete', names: ['procedure greet', 'routines and events'], rows: 2 },
  });
});
