// MySQL and MariaDB: both ways to dump, proven by a restore on the server, whatever the tables hold and the login may do.
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { site, type TestSite } from '../test/kit.ts';
import { asRoot, newDatabase, SHOP, serverUrl, urlOf } from '../test/server.ts';
import { toolsOf } from '../test/tools.ts';
import type { Listed } from './listed.ts';
import { restoreBackup } from './restore.ts';
import { withScratch } from './scratch.ts';
import type { Server } from './server.ts';
import { type Login, readServerUrl } from './server-url.ts';

const running = () => ({
  owner: 'hand/here/1',
  signal: new AbortController().signal,
  progress: () => {},
  log: { info: () => {}, warn: () => {} },
});
const to = (here: TestSite, id: string, target: string, mayReplace = false) =>
  restoreBackup(id, { to: target, part: 'shop', mayReplace: async () => mayReplace }, toolsOf(here), running());

const CONTENTS = `select (select count(*) from by_two) as two, (select sum(n) from by_bytes) as bytes, (select count(*) from by_word) as words,
  (select concat_ws('|', id, name, hex(data), f + 0e0, d, e, hex(b), j, kind, at, ts, hex(k), ST_AsText(place), twice, hex(text_)) from goods where id = 1) as goods,
  (select max(id) from goods) as id`;

test.each(['program', 'own'] as const)(
  'a database is dumped by %s, restored into an empty one, and equal',
  async (dump) => {
    const shop = await newDatabase(SHOP);
    await using here = await site({ own: false, databases: { shop: urlOf(shop) }, dump });
    const job = await here.run('backup', { type: 'database' });
    const [listed] = await here.list();
    const { id, rows, missing, state } = listed as Listed;
    const verified = state === 'verified';
    expect(job?.status).toBe(dump === 'own' ? 'failed' : 'completed');
    expect({ verified, rows }).toEqual({ verified: dump !== 'own', rows: 12_000 + 6_000 + 3 + 2 + 3 });
    const programs = ['event daily', 'function three', 'procedure greet', 'trigger before_goods', 'view seen'];
    expect(missing.map(({ what }) => what).sort()).toEqual(dump === 'own' ? programs : []);

    const target = `${shop}_copy`;
    expect(await to(here, id, urlOf(target))).toMatchObject({ restored: [{ part: 'shop', rows }] });
    expect(await asRoot([CONTENTS], target)).toEqual(await asRoot([CONTENTS], shop));
    const made = await asRoot<{ name: string }>([
      `select routine_name as name from information_schema.routines where routine_schema = '${target}'
    union select trigger_name from information_schema.triggers where trigger_schema = '${target}'
    union select event_name from information_schema.events where event_schema = '${target}'
    union select table_name from information_schema.views where table_schema = '${target}'`,
    ]);
    expect(made).toHaveLength(dump === 'own' ? 0 : programs.length);
    expect(await leftOnServer(shop)).toEqual([shop, target]);
  },
);

/** Databases of this test. */
const leftOnServer = async (name: string) =>
  (
    await asRoot<{ name: string }>([
      `select schema_name as name from information_schema.schemata where schema_name like '${name}%' order by 1`,
    ])
  ).map((found) => found.name);

test('what both ways find in a database is the same, so that each can check the other', async () => {
  const shop = await newDatabase([
    'create table t (a int primary key, b varchar(20), c blob, d datetime)',
    "insert into t select seq, concat('n\\\\n\\'\\\"', seq), char(seq), now() from seq_1_to_500",
  ]);
  const checksums = [];
  for (const dump of ['program', 'own']) {
    await using here = await site({ own: false, databases: { shop: urlOf(shop) }, dump });
    await here.backup();
    const tools = toolsOf(here);
    const { dumpServer } = await import('./server-dump.ts');
    const { readServerUrl } = await import('./server-url.ts');
    const login = readServerUrl(urlOf(shop));
    if (!login) throw new Error('no URL');
    const options = {
      login,
      how: tools.config.dump,
      file: null,
      folder: here.folder,
      ...running(),
      progress: () => {},
      warn: () => {},
    };
    checksums.push((await dumpServer(options)).tables);
  }
  expect(checksums[0]).toEqual([{ name: 't', rows: 500, checksum: expect.any(String) }]);
  expect(checksums[0]).toEqual(checksums[1]);
});

test('a password with every sort of character works, and never stands on a command line or stays in a file', async () => {
  const shop = await newDatabase(SHOP.slice(0, 2));
  const password = 'p"a\'s\\s w#o;r=d[ü]%CANARY';
  const user = `u${shop.slice(-10)}`;
  await asRoot([
    `create user '${user}'@'%' identified by '${password.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
    `grant all on \`${shop.replaceAll('_', '\\_')}%\`.* to '${user}'@'%'`,
  ]);
  try {
    await using here = await site({
      own: false,
      databases: { shop: urlOf(shop, `${user}:${encodeURIComponent(password)}`) },
      dump: 'program',
    });
    let seen = '';
    const look = setInterval(() => {
      seen += execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    }, 20);
    const result = await here.backup().finally(() => clearInterval(look));
    expect(result.verified).toBe(true);
    expect(seen).not.toContain('CANARY');
    expect(await readdir(`${here.folder}/.work`)).toEqual([]);
    expect(JSON.stringify([await here.list(), here.jobs.log, result])).not.toContain('CANARY');
  } finally {
    await asRoot([`drop user '${user}'@'%'`]);
  }
});

test('a login that may make no database leaves the backup verified and never restored, and says what to grant', async () => {
  const shop = await newDatabase(SHOP.slice(0, 2));
  const user = `u${shop.slice(-10)}`;
  await asRoot([
    `create user '${user}'@'%' identified by 'x'`,
    `grant select, show view, trigger, event, show create routine on ${shop}.* to '${user}'@'%'`,
  ]);
  try {
    await using here = await site({ own: false, databases: { shop: urlOf(shop, `${user}:x`) } });
    const first = await here.backup({ type: 'database', retention: '1 second' });
    expect(first).toMatchObject({
      ...{ state: 'verified', restoreTested: null, deleted: [] },
      notRestored: expect.stringContaining('pwj\\_verify'),
    });
    expect(await here.list()).toMatchObject([{ state: 'verified', restoreTested: null }]);
  } finally {
    await asRoot([`drop user '${user}'@'%'`]);
  }
});

test('a login that may not restore a trigger keeps its backup, never restored and with the reason', async () => {
  const shop = await newDatabase([
    'create table goods (id int primary key, n int)',
    'insert into goods values (1, 1)',
    'create trigger before_goods before insert on goods for each row set new.n = 1',
  ]);
  const user = `u${shop.slice(-10)}`;
  const scratch = `\`${shop.replaceAll('_', '\\_')}\\_pwj\\_verify\\_%\``;
  await asRoot([
    `create user '${user}'@'%' identified by 'x'`,
    `grant select, show view, trigger, event, show create routine, lock tables on ${shop}.* to '${user}'@'%'`,
    `grant select, insert, create, drop, alter, index, references on ${scratch}.* to '${user}'@'%'`,
  ]);
  try {
    await using here = await site({ own: false, databases: { shop: urlOf(shop, `${user}:x`) }, dump: 'program' });
    const { id, restoreTested, notRestored } = await here.backup();
    expect({ restoreTested, notRestored }).toEqual({
      restoreTested: null,
      notRestored: expect.stringMatching(/^the login may not restore everything \(ER_\w+\)/),
    });
    expect(await here.run('backup_verify', { id })).toMatchObject({
      status: 'completed',
      result: { restoreTested: null },
    });
    expect(await here.list()).toMatchObject([{ id, state: 'verified', restoreTested: null }]);
    expect(await leftOnServer(shop)).toEqual([shop]);
  } finally {
    await asRoot([`drop user '${user}'@'%'`]);
  }
});

test.each([
  ['a server that takes no writes', { errno: 1290, code: 'ER_OPTION_PREVENTS_STATEMENT' }, 'CannotVerify'],
  ['a connection that is lost', { code: 'PROTOCOL_CONNECTION_LOST' }, 'SOURCE_UNREADABLE'],
])('%s is nothing that the archive could be blamed for', async (_what, error, is) => {
  const server = { query: () => Promise.reject(Object.assign(new Error('no'), error)) } as unknown as Server;
  const login = readServerUrl('mysql://root@127.0.0.1:1/shop') as Login;
  const failure: unknown = await withScratch(server, { login, name: 'x' }, async () => {}).catch((why: unknown) => why);
  const { code, name } = failure as { code?: string; name: string };
  expect(code ?? name).toBe(is);
});

test('a copy beside that is there from an earlier restore is named, and stays', async () => {
  const shop = await newDatabase(['create table goods (id int primary key)', 'insert into goods values (1)']);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  const { id } = await here.backup();
  expect(await here.run('backup_restore', { id })).toMatchObject({ status: 'completed' });
  expect((await here.run('backup_restore', { id }))?.error).toMatch(
    new RegExp(`^TARGET_NOT_EMPTY: mysql://.*/${shop}_restored_${id} is there from an earlier restore: drop it`),
  );
  expect(await leftOnServer(shop)).toEqual([shop, `${shop}_restored_${id}`]);
});

test("the jobs' own database is never restored over, also by another name of its server, nor are others that have tables", async () => {
  const shop = await newDatabase(SHOP.slice(0, 2));
  await using here = await site({ databases: { shop: urlOf(shop) } });
  const { id } = await here.backup();
  const own = (here.place as { url: string }).url;
  const alias = own.replace(/@[^/]+\//, `@localhost:${serverUrl().port}/`);
  for (const url of [own, alias])
    await expect(to(here, id, url, true)).rejects.toMatchObject({ code: 'LIVE_DATABASE' });
  const other = `${shop}_other`;
  await asRoot([`create database ${other}`, `create table ${other}.mine (a int)`]);
  await expect(to(here, id, urlOf(other), true)).rejects.toMatchObject({
    code: 'TARGET_NOT_EMPTY',
    message: expect.stringContaining('a database on a server is never restored over: name a new one'),
  });
  expect(await asRoot([`show tables in ${other}`])).toHaveLength(1);
});

test('over HTTP it is restored into a new database beside, without its events', async () => {
  const shop = await newDatabase(SHOP);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  const { id } = await here.backup();
  expect(await here.run('backup_restore', { id })).toMatchObject({ status: 'completed' });
  const copy = `${shop}_restored_${id}`;
  expect(await asRoot([CONTENTS], copy)).toEqual(await asRoot([CONTENTS], shop));
  expect(await asRoot([`select * from information_schema.events where event_schema = '${copy}'`])).toEqual([]);
});

test('a server that is away fails the backup with its place and without its login', async () => {
  await using here = await site({ own: false, databases: { shop: 'mysql://root:CANARY@127.0.0.1:1/shop' } });
  const job = await here.run('backup', { type: 'database' });
  expect(job?.error).toBe('SOURCE_UNREADABLE: mysql://127.0.0.1:1/shop cannot be reached (ECONNREFUSED)');
  expect(await here.files()).toEqual([]);
});
