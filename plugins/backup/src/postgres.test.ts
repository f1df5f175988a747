// PostgreSQL: dumps that are restored and compared, by the plugin and by hand, whatever the tables hold and the login may do.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { skipWhere } from '../../../test/server/missing.ts';
import { HEAD, putDump } from '../test/archives.ts';
import { programs, site, type TestSite, temporaryFolder } from '../test/kit.ts';
import { CMS, NO_POSTGRES, TestPostgres } from '../test/postgres.ts';
import { running, toolsOf } from '../test/tools.ts';
import { loadWithin } from './engines/load-within.ts';
import { postgres } from './engines/postgres/engine.ts';
import { type Login, readServerUrl } from './engines/server-url.ts';
import type { DatabasePart } from './manifest.ts';
import { restoreBackup } from './restore.ts';
import type { Listed } from './state.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let server: TestPostgres;
beforeAll(async () => {
  if (NO_POSTGRES !== undefined) return;
  server = new TestPostgres();
  await server.start();
});
beforeEach((context) => skipWhere(NO_POSTGRES !== undefined, NO_POSTGRES ?? '', context));
afterAll(() => server?.stop());

function newDatabase(sql = ''): string {
  const name = `cms_${randomBytes(5).toString('hex')}`;
  // In one process: each start of psql takes longer than the statements.
  server.run('postgres', `create database ${name};\n\\connect ${name}\n${sql}`);
  return name;
}

const siteOf = (database: string, login?: string, more: object = {}) =>
  site({ own: false, databases: { cms: server.url(database, login) }, ...more });

const to = (here: TestSite, id: string, target: string) =>
  restoreBackup(id, { to: target, mayReplace: async () => true }, toolsOf(here), running());

/** Every row of every table and view, every program and sequence, as text. */
function contentsOf(database: string): string {
  const tables = server
    .run(
      database,
      "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'shop') order by 1",
    )
    .split('\n');
  const statements = [
    "set timezone = 'UTC'",
    ...[...tables, 'seen', 'counted'].map(
      (table) => `select '${table.replaceAll("'", "''")}', t::text from ${table} t order by 2`,
    ),
    "select proname, prosrc, prokind from pg_proc where pronamespace = 'public'::regnamespace and proname in ('three', 'greet', 'loud')",
    "select tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal and tgrelid = 'goods'::regclass",
    "select viewname, definition from pg_views where schemaname = 'public'",
    'select last_value, is_called from numbers',
    "select obj_description('goods'::regclass), array(select extname::text from pg_extension order by 1)",
    "select encode(lo_get(oid), 'hex') from pg_largeobject_metadata",
  ];
  return server.run(database, statements.join(';\n'));
}

/** Databases and logins of copies, except the owners of restored databases. */
const left = () =>
  server.run(
    'postgres',
    "select datname from pg_database where datname like '%pwj%' union all select rolname from pg_roles where rolname like 'pwj\\_verify%' or rolname like 'pwj%' and rolcanlogin",
  );

/** The owners of everything in a database that the plugin restored. */
const ownersIn = (database: string) =>
  server.run(
    database,
    `select distinct r.rolname || ':' || r.rolcanlogin || ':' || r.rolsuper from pg_shdepend d join pg_roles r on r.oid = d.refobjid
     where d.deptype = 'o' and d.dbid = (select oid from pg_database where datname = current_database())`,
  );
const LIMITED = /^pwj_restore_[0-9a-f]{10}:false:false$/;

test('a database is dumped, restored and compared, and is the same when restored by the plugin or by hand', async () => {
  const cms = newDatabase(CMS);
  await using here = await siteOf(cms);
  const { id, file, state, restoreTested, rows, contains } = await here.backup();
  expect({ state, restoreTested, rows, contains }).toMatchObject({
    ...{ state: 'verified', restoreTested: expect.any(String), rows: 2 + 3 + 5_000 + 3 },
    contains: { databases: [{ name: 'cms', engine: 'postgres', tables: 5 }] },
  });
  expect(left()).toBe('');

  await to(here, id, server.url(`${cms}_new`));
  expect(contentsOf(`${cms}_new`)).toBe(contentsOf(cms));
  expect(await here.run('backup_restore', { id })).toMatchObject({ status: 'completed' });
  expect(contentsOf(`${cms}_restored_${id}`)).toBe(contentsOf(cms));
  expect(ownersIn(`${cms}_restored_${id}`)).toMatch(LIMITED);
  expect(left()).toBe('');

  const folder = await temporaryFolder();
  execFileSync('tar', ['-xzf', join(here.folder, file), '-C', folder]);
  server.run('postgres', `create database ${cms}_hand`);
  const restore = [
    '--no-owner',
    '--exit-on-error',
    '-d',
    server.url(`${cms}_hand`),
    join(folder, 'databases/cms.dump'),
  ];
  execFileSync('pg_restore', restore);
  expect(contentsOf(`${cms}_hand`)).toBe(contentsOf(cms));
});

test('a target that is not empty is refused, whatever the options', async () => {
  const cms = newDatabase('create table goods (id int)');
  const other = newDatabase('create table mine (a int)');
  await using here = await siteOf(cms);
  const { id } = await here.backup();
  await expect(to(here, id, server.url(other))).rejects.toMatchObject({ code: 'TARGET_NOT_EMPTY' });
  expect(server.run(other, 'select count(*) from mine')).toBe('0');
});

test('a read-only login can verify but not restore, and a server in the config key verify restores it', async () => {
  const cms = newDatabase(
    "create table goods (id int); insert into goods values (1); create function f() returns int language sql as 'select 1'",
  );
  const password = 'p"a\'s\\s w#o:r=d[ü]%CANARY';
  const reader = `reader_${cms}`;
  server.run(
    'postgres',
    `create role ${reader} login password '${password.replaceAll("'", "''")}'; grant pg_read_all_data to ${reader}`,
  );
  const login = `${reader}:${encodeURIComponent(password)}`;
  {
    await using here = await siteOf(cms, login);
    expect(await here.backup()).toMatchObject({
      ...{ state: 'verified', restoreTested: null },
      notRestored:
        'the database cms was not restored: the login may not create a login that is limited to one database (error 42501). Name a place for copies in the config key verify',
    });
    expect(JSON.stringify([await here.list(), here.jobs.log])).not.toContain('CANARY');
    expect(await readdir(join(here.folder, '.work'))).toEqual([]);
  }
  server.run('postgres', `create role v_${cms} login createdb password 'x'`);
  const verify = { cms: server.url('postgres', `v_${cms}:x`) };
  await using here = await siteOf(cms, login, { verify });
  expect(await here.backup()).toMatchObject({ state: 'verified', restoreTested: expect.any(String) });
  expect(left()).toBe('');
});

test('a login that may create databases and logins restores a copy without being a superuser', async () => {
  const maker = `maker_${randomBytes(4).toString('hex')}`;
  server.run('postgres', `create role ${maker} login createdb createrole password 'x'`);
  server.run('postgres', `create database ${maker} owner ${maker}`);
  server.run(maker, `set role ${maker}; ${CMS.replace(/create extension citext;/, 'create extension citext;')}`);
  await using here = await siteOf(maker, `${maker}:x`);
  const { id, restoreTested, notRestored } = await here.backup();
  expect({ restoreTested, notRestored }).toEqual({ restoreTested: expect.any(String), notRestored: null });
  await to(here, id, server.url(`${maker}_new`, `${maker}:x`));
  expect(ownersIn(`${maker}_new`)).toMatch(LIMITED);
  // As a member of the owner, the login may use the copy.
  server.run(
    `${maker}_new`,
    `set role ${maker}; insert into parts values (1, '2026-02-02'); create table more (id int)`,
  );
  expect(left()).toBe('');
});

/** All that calls a function of the database when the server maintains it, or when it is used. */
const CALLERS = `
  create index on t (public.spring(id)); create index on t (public.spring(1)); create index on t (id) where public.spring(2) > 0;
  create statistics s on public.spring(id), id from t;
  alter table t add constraint c check (public.spring(id) > 0), add column d int default public.spring(1);
  create materialized view m as select public.spring(id) from t;
  create view v as select public.spring(id) from t;
  create trigger b before insert on t for each row execute function public.trip();
  create rule r as on insert to t do also select public.spring(1);
  create function definer() returns int language sql security definer as $f$ select public.spring(1) $f$`;
const MAINTENANCE = 'vacuum full t; vacuum analyze; reindex table t; refresh materialized view m; select definer()';
const USE = 'select * from t; select * from v; insert into t values (3)';

/** A file that only the server's own rights can write; once it exists, something ran with them. */
function trap(): { marker: string; sql: string } {
  const marker = join(server.folder, `ran-${randomBytes(4).toString('hex')}`);
  // A function that says that it changes nothing may call one that does.
  const sql = `create table t (id int); insert into t values (1);
    create function burst() returns void language plpgsql as $f$ begin
      begin execute 'reset role'; exception when others then null; end;
      execute $$copy (select 1) to program 'touch ${marker}'$$; exception when others then null; end $f$;
    create function spring(n int) returns int language plpgsql immutable as $f$ begin perform public.burst(); return n; end $f$;
    create function trip() returns trigger language plpgsql as $f$ begin perform public.burst(); return new; end $f$;`;
  return { marker, sql };
}

/** A database of a login without any other right, which is to say: what the site's own CMS may have left behind. */
function newDatabaseOf(sql: string): string {
  const login = `low_${randomBytes(5).toString('hex')}`;
  server.run('postgres', `create role ${login} login password 'x'; create database ${login} owner ${login}`);
  server.run(login, sql, `${login}:x`);
  return login;
}

test('whatever a superuser restores runs with the rights of a limited owner alone, also when the server maintains it', async () => {
  const { marker, sql } = trap();
  const cms = newDatabaseOf(`${sql} ${CALLERS}`);
  await using here = await siteOf(cms);
  const { id, restoreTested } = await here.backup();
  expect(restoreTested).not.toBeNull();
  expect(await here.run('backup_restore', { id })).toMatchObject({ status: 'completed', result: { recorded: true } });
  await to(here, id, server.url(`${cms}_new`));
  for (const copy of [`${cms}_restored_${id}`, `${cms}_new`]) {
    const owner = ownersIn(copy);
    expect(owner).toMatch(LIMITED);
    server.run(copy, MAINTENANCE);
    const reader = `reader_${randomBytes(4).toString('hex')}`;
    server.run('postgres', `create role ${reader} login password 'x'; grant ${owner.split(':')[0]} to ${reader}`);
    server.run(copy, USE, `${reader}:x`);
  }
  expect(existsSync(marker)).toBe(false);
  // The trap works: a reader lends what is in a database its own rights.
  server.run(cms, USE);
  expect(existsSync(marker)).toBe(true);
});

test('a backup by a superuser runs nothing of the database that it reads', async () => {
  const { marker, sql } = trap();
  // The server evaluates what is constant in them whenever it plans a SELECT of the table.
  const cms =
    newDatabaseOf(`${sql} create index on t (public.spring(1)); create index on t (id) where public.spring(2) > 0;
    alter table t add constraint c check (public.spring(3) > 0);`);
  await using here = await siteOf(cms);
  expect(await here.backup()).toMatchObject({ state: 'verified', restoreTested: expect.any(String), rows: 1 });
  expect(existsSync(marker)).toBe(false);
  // The trap works.
  server.run(cms, 'select * from t');
  expect(existsSync(marker)).toBe(true);
});

test('a login that reaches more than the database runs no dump itself, not even one of this site', async () => {
  const cms = newDatabase('create table goods (id int)');
  const login = `prog_${cms}`;
  server.run(
    'postgres',
    `create role ${login} login createdb password 'x'; grant pg_execute_server_program to ${login}`,
  );
  await using here = await siteOf(cms);
  const { id } = await here.backup();
  await expect(to(here, id, server.url(`${cms}_new`, `${login}:x`))).rejects.toMatchObject({
    code: 'NOT_TRUSTED',
    message: expect.stringContaining('the login in the URL reaches more than this database'),
  });
});

test('a table that the login may not read fails the dump, and the error names it', async () => {
  const cms = newDatabase('create table goods (id int); create table secret (id int)');
  server.run(cms, `create role half_${cms} login password 'x'; grant select on goods to half_${cms}`);
  await using here = await siteOf(cms, `half_${cms}:x`);
  const job = await here.run('backup', { type: 'database' });
  expect(job?.error).toBe('DUMP_FAILED: pg_dump ended with code 1 at secret (missing privileges)');
  expect(await here.files()).toEqual([]);
});

test('rows hidden from the login fail the dump', async () => {
  const cms = newDatabase(
    'create table goods (id int); alter table goods enable row level security; create policy p on goods using (id > 5)',
  );
  server.run(cms, `create role blind_${cms} login password 'x'; grant select on goods to blind_${cms}`);
  await using here = await siteOf(cms, `blind_${cms}:x`);
  expect((await here.run('backup', { type: 'database' }))?.error).toMatch(
    /^DUMP_FAILED: pg_dump ended with code 1 at .*goods/,
  );
});

test('a truncated dump is rejected, although its program succeeded', async () => {
  const cms = newDatabase('create table goods (id int); insert into goods select generate_series(1, 5000)');
  await using here = await siteOf(cms);
  const real = process.env.PATH;
  await programs({
    pg_dump: `PATH='${real}'; case "$*" in *--version*) exec pg_dump --version;; esac\npg_dump "$@" | head -c 9000; exit 0`,
  });
  expect((await here.run('backup', { type: 'database' }))?.error).toBe(
    'DUMP_FAILED: the output of pg_dump cannot be read to its end',
  );
});

test('programs that are missing or older than the server are reported before and during the backup, with what to install', async () => {
  const cms = newDatabase('create table goods (id int)');
  const real = process.env.PATH;
  await programs({ pg_dump: 'echo "pg_dump (PostgreSQL) 9.6.1"' }, real);
  {
    await using here = await siteOf(cms);
    const major = server.run('postgres', "select current_setting('server_version_num')::int / 10000");
    const words = `pg_dump 9 cannot dump a server of version ${major}, which needs ${major} or newer: apt-get install postgresql-client-${major}`;
    expect(await (await here.jobs.request('/api/panels/backup/backups')).text()).toContain(words);
    expect((await here.run('backup', { type: 'database' }))?.error).toBe(`MISSING_LIBRARY: ${words}`);
  }
  await programs({}, '');
  await using here = await siteOf(cms);
  expect((await here.run('backup', { type: 'database' }))?.error).toBe(
    'MISSING_LIBRARY: psql cannot be run here: apt-get install postgresql-client',
  );
});

test('leftovers of a killed process on the server are dropped by the next backup', async () => {
  const cms = newDatabase('create table goods (id int)');
  await using here = await siteOf(cms);
  const { id } = await here.backup();
  server.run('postgres', `create role pwj_verify_${id} login`);
  server.run('postgres', `create database ${cms}_pwj_verify_${id} owner pwj_verify_${id}`);
  await here.backup();
  expect(left()).toBe('');
});

const ID = HEAD.id;

const dumps = new Map<string, Promise<Buffer>>();

/** What pg_dump makes of a database with these statements. */
async function dumpOf(sql: string): Promise<Buffer> {
  const evil = newDatabase(sql);
  const dump = join(await temporaryFolder(), 'evil.dump');
  execFileSync('pg_dump', ['--format=custom', '--compress=0', `--file=${dump}`, server.url(evil)]);
  server.run('postgres', `drop database ${evil}`);
  return readFile(dump);
}

/** A dump that was made by a superuser who meant harm. */
async function carried(sql: string): Promise<Buffer> {
  // The statement of this function is exchanged for another of the same length, so one dump does for all of them.
  const statements = sql.replace(/^-- .*$/m, '');
  const dump = dumps.get(statements) ?? dumpOf(statements);
  dumps.set(statements, dump);
  let body = await dump;
  const [, from, into] = /-- (\S+) becomes (.+)$/m.exec(sql) ?? [];
  if (from !== undefined && into !== undefined) {
    const text = body.toString('latin1');
    const found = new RegExp(`CREATE FUNCTION public\\.${from}\\(\\)[^;]*;`).exec(text)?.[0] ?? '';
    expect(found.length).toBeGreaterThan(into.length);
    body = Buffer.from(text.replace(found, `${into};`.padEnd(found.length)), 'latin1');
  }
  return body;
}

const put = async ({ folder }: TestSite, sql: string) =>
  putDump(folder, { name: 'cms', engine: 'postgres', path: 'databases/cms.dump', body: await carried(sql) });

const carrier = (statement: string): string =>
  `create function carrier() returns int language sql as 'select 1 /* ${'x'.repeat(300)} */';\n-- carrier becomes ${statement}\n`;

test.each([
  ['runs a program', "COPY (SELECT 1) TO PROGRAM 'touch /tmp/pwj-evil'"],
  ['makes itself a superuser', 'ALTER ROLE CURRENT_USER SUPERUSER'],
  ['takes the role of the superuser', 'SET SESSION AUTHORIZATION postgres'],
  ['drops another database', 'DROP DATABASE OTHER'],
  ['changes the server', "ALTER SYSTEM SET log_connections = 'on'"],
  ['reaches out through an extension', 'CREATE EXTENSION dblink'],
])('a dump that %s changes nothing outside its copy, verified or restored', async (_what, statement) => {
  const cms = newDatabase();
  const other = newDatabase('create table accounts (id int); insert into accounts values (1)');
  await using here = await siteOf(cms);
  await put(here, carrier(statement.replace('OTHER', other)));
  const now = () =>
    server.run(
      'postgres',
      `select rolname, rolsuper, rolpassword from pg_authid where rolname not like 'pwj%'; select datname, datdba from pg_database where datname <> '${cms}_target';
       select setdatabase, setconfig from pg_db_role_setting; select name, setting from pg_file_settings`,
    ) + server.run(other, 'select * from accounts');
  const before = now();
  await here.run('backup_verify', { id: ID });
  const [{ restoreTested, notRestored } = {} as Listed] = await here.list();
  expect({ restoreTested, notRestored }).toEqual({
    restoreTested: null,
    notRestored: expect.stringMatching(/the server refused the function public\.carrier\(\)/),
  });
  await expect(to(here, ID, server.url(`${cms}_target`))).rejects.toMatchObject({
    code: expect.stringMatching(/^(?:RESTORE|VERIFICATION)_FAILED$/),
  });
  expect(now()).toBe(before);
  expect(left()).toBe('');
});

test('a dump of a few bytes that grows without end is stopped, and so is what it left running', async () => {
  const cms = newDatabase();
  const folder = await temporaryFolder();
  const file = join(folder, 'endless.dump');
  await writeFile(file, await carried(carrier('CREATE TABLE public.t AS SELECT generate_series(1, 1000000000000)')));
  const login = readServerUrl(server.url(cms)) as Login;
  const where = { folder, signal: new AbortController().signal };
  const part = { charset: 'UTF8', collation: 'C' } as DatabasePart;
  const scratch = await postgres.makeScratch(login, { id: ID, part, alone: false }, where);
  const limits = { bytes: 30_000_000, seconds: 60 };
  const options = { ...where, withEvents: false, isLimited: true, progress: () => {}, owner: login, limits };
  await expect(loadWithin(postgres, scratch, file, options)).rejects.toMatchObject({
    code: 'RESTORE_FAILED',
    message: 'the dump makes a database of more than 30.0 MB, or one of its statements does not end',
  });
  const active = `select count(*) from pg_stat_activity where usename = '${scratch.user}'`;
  await expect.poll(() => server.run('postgres', active)).toBe('0');
  await postgres.dropScratch(login, ID, where);
  expect(left()).toBe('');
});

test('an unknown archive is not restored by a login that cannot create a limited one', async () => {
  const cms = newDatabase();
  server.run('postgres', `create role plain_${cms} login createdb password 'x'`);
  await using here = await siteOf(cms);
  await put(here, 'create view seen as select 1 as n');
  await here.run('backup_verify', { id: ID });
  await expect(to(here, ID, server.url(`${cms}_target`, `plain_${cms}:x`))).rejects.toMatchObject({
    code: 'NOT_TRUSTED',
  });
});
