// Failed dumps of MySQL and MariaDB: none is ever called verified, and missing parts are named.
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startServer } from '../../../test/server/mariadb.ts';
import { site, type TestSite, temporaryFolder } from '../test/kit.ts';
import { asRoot, newDatabase, urlOf } from '../test/server.ts';
import type { Listed } from './state.ts';

const GOODS = [
  'create table goods (id int primary key, name varchar(20))',
  "insert into goods values (1, 'a'), (2, 'b')",
];

/** Programs with these names come first in PATH; without any, none is found. */
async function programs(scripts: Record<string, string>, rest = process.env.PATH): Promise<void> {
  const folder = join(await temporaryFolder(), 'bin');
  await mkdir(folder);
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  vi.stubEnv('PATH', [folder, rest].filter(Boolean).join(delimiter));
  onTestFinished(() => void vi.unstubAllEnvs());
}

const failed = async (here: TestSite) => (await here.run('backup', { type: 'database' }))?.error;

/** Process ids of the children of this process whose program has this name. */
async function childrenOf(program: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? [];
    if (name === program && Number(parent) === process.pid) found.push(Number(pid));
  }
  return found;
}

/** A backup whose dump waits for a lock in its middle; `then` is run while it waits. */
async function heldUp(here: TestSite, shop: string, root: typeof asRoot, then: (pid: number) => Promise<void>) {
  const { createConnection } = await import('mysql2/promise');
  const url = new URL(String((here.config.databases as { shop: string }).shop));
  const holder = await createConnection({ host: url.hostname, port: Number(url.port), user: 'root' });
  holder.on('error', () => {});
  await holder.query(`lock tables ${shop}.goods write`);
  const job = here.run('backup', { type: 'database' });
  const pid = await vi.waitFor(
    async () => {
      const waiting =
        "select count(*) as n from information_schema.processlist where state like 'Waiting for table metadata%'";
      const [{ n } = { n: 0 }] = await root<{ n: number }>([`${waiting} and db = '${shop}'`]);
      const [child] = await childrenOf('mariadb-dump');
      if (Number(n) === 0 || child === undefined) throw new Error('the dump does not wait yet');
      return child;
    },
    { timeout: 20_000, interval: 20 },
  );
  await then(pid);
  await holder.query('unlock tables').catch(() => {});
  holder.destroy();
  return job;
}

test('a dump program killed half-way fails the backup, and nothing of it is kept', async () => {
  const shop = await newDatabase(GOODS);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  const job = await heldUp(here, shop, asRoot, async (pid) => void process.kill(pid, 'SIGKILL'));
  expect(job).toMatchObject({ status: 'failed', error: 'DUMP_FAILED: mariadb-dump was ended by SIGKILL' });
  expect([await here.files(), await here.list()]).toEqual([[], []]);
});

test('a server that stops during a dump fails the backup', async () => {
  const server = await startServer();
  onTestFinished(() => server.stop());
  const { createConnection } = await import('mysql2/promise');
  const root: typeof asRoot = async ([sql = '']) => {
    const connection = await createConnection({
      host: '127.0.0.1',
      port: server.port,
      user: 'root',
      multipleStatements: true,
    });
    const [found] = await connection.query(sql);
    await connection.end();
    return found as never;
  };
  await root([`use jobs; ${GOODS.join(';')}`]);
  await using here = await site({ own: false, databases: { shop: server.url } });
  const job = await heldUp(here, 'jobs', root, () => server.kill());
  expect(job).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(/^DUMP_FAILED: mariadb-dump ended with code \d+.*\(error 20\d\d\)$/),
  });
  expect(await here.files()).toEqual([]);
});

test('a dump without its closing mark is rejected, although its program succeeded', async () => {
  const shop = await newDatabase(GOODS);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  // The second and last time is the one that counts: --version is asked for first.
  const real = process.env.PATH;
  const cut = `case "$*" in *--version*) PATH='${real}' exec mariadb-dump --version;; esac\nPATH='${real}'; mariadb-dump "$@" | head -c 1500; exit 0`;
  await programs({ 'mariadb-dump': cut });
  expect(await failed(here)).toBe('DUMP_FAILED: the output of mariadb-dump ends before its closing mark');
  expect(await here.files()).toEqual([]);
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
  const user = `u${shop.slice(-10)}`;
  await asRoot([
    `create user '${user}'@'%' identified by 'x'`,
    `grant select, show view, event, lock tables on ${shop}.* to '${user}'@'%'`,
  ]);
  onTestFinished(async () => void (await asRoot([`drop user '${user}'@'%'`])));
  await using here = await site({ own: false, databases: { shop: urlOf(shop, `${user}:x`) } });
  expect(await failed(here)).toMatch(/^INCOMPLETE: .*shop\/triggers are not visible to this login/);
  const [{ state, missing } = {} as Listed] = await here.list();
  expect({ state, names: missing.map(({ what }) => what) }).toEqual({
    state: 'incomplete',
    names: ['triggers', 'routines'],
  });
});

test('routines that a login sees but may not read are reported, and the rest is in the backup', async () => {
  const shop = await newDatabase([...GOODS, 'create procedure greet() select 1']);
  const user = `u${shop.slice(-10)}`;
  await asRoot([
    `create user '${user}'@'%' identified by 'x'`,
    `grant select, show view, event, lock tables, trigger, execute on ${shop}.* to '${user}'@'%'`,
  ]);
  onTestFinished(async () => void (await asRoot([`drop user '${user}'@'%'`])));
  await using here = await site({ own: false, databases: { shop: urlOf(shop, `${user}:x`) } });
  expect(await failed(here)).toMatch(/^INCOMPLETE: .*shop\/procedure greet may not be read by this login/);
  const [{ state, missing, contains } = {} as Listed] = await here.list();
  expect({ state, names: missing.map(({ what }) => what), rows: contains.databases[0]?.rows }).toEqual({
    ...{ state: 'incomplete', names: ['procedure greet', 'routines and events'], rows: 2 },
  });
});
