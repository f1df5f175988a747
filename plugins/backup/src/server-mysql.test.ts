// MySQL and MariaDB: dumps, proven by a restore on the server, whatever the tables hold and the login may do.
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { site, type TestSite } from '../test/kit.ts';
import { asRoot, newDatabase, newLogin, SHOP, serverUrl, urlOf } from '../test/server.ts';
import { running, toolsOf } from '../test/tools.ts';
import { restoreBackup } from './restore.ts';

const to = (here: TestSite, id: string, target: string, mayReplace = false) =>
  restoreBackup(id, { to: target, part: 'shop', mayReplace: async () => mayReplace }, toolsOf(here), running());

const CONTENTS = `select (select count(*) from by_two) as two, (select sum(n) from by_bytes) as bytes, (select count(*) from by_word) as words,
  (select concat_ws('|', id, name, hex(data), f + 0e0, d, e, hex(b), j, kind, at, ts, hex(k), ST_AsText(place), twice, hex(text_)) from goods where id = 1) as goods,
  (select max(id) from goods) as id`;

test('a database is dumped and restored unchanged into an empty one', async () => {
  const shop = await newDatabase(SHOP);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  const { id, rows, state, restoreTested, notes } = await here.backup();
  expect({ rows, state, restoreTested }).toEqual({
    ...{ rows: 12_000 + 6_000 + 3 + 2 + 3, state: 'verified' },
    restoreTested: expect.any(String),
  });
  expect(notes).toEqual([expect.stringMatching(/^shop: column goods\.f is a FLOAT: a dump keeps six digits/)]);

  const target = `${shop}_copy`;
  expect(await to(here, id, urlOf(target))).toMatchObject({ restored: [{ part: 'shop', rows }] });
  expect(await asRoot([CONTENTS], target)).toEqual(await asRoot([CONTENTS], shop));
  expect(await programsIn(target)).toEqual([
    'event daily',
    'function three',
    'procedure greet',
    'trigger before_goods',
    'view seen',
  ]);
  expect(await leftOnServer(shop)).toEqual([shop, target]);
});

const programsIn = async (database: string) =>
  (
    await asRoot<{ name: string }>([
      `select concat(lower(routine_type), ' ', routine_name) as name from information_schema.routines where routine_schema = '${database}'
    union select concat('trigger ', trigger_name) from information_schema.triggers where trigger_schema = '${database}'
    union select concat('event ', event_name) from information_schema.events where event_schema = '${database}'
    union select concat('view ', table_name) from information_schema.views where table_schema = '${database}' order by name`,
    ])
  ).map(({ name }) => name);

/** Databases of this test. */
const leftOnServer = async (name: string) =>
  (
    await asRoot<{ name: string }>([
      `select schema_name as name from information_schema.schemata where schema_name like '${name}%' order by 1`,
    ])
  ).map((found) => found.name);

test('a password with all kinds of characters works, and never appears on a command line or stays in a file', async () => {
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

const READS = 'select, show view, trigger, event, show create routine on';

test('a login that may not create databases leaves the backup verified but not restored, and the grants needed are named', async () => {
  const shop = await newDatabase(SHOP.slice(0, 2));
  const login = await newLogin(`u${shop.slice(-10)}`, `${READS} ${shop}.*`);
  await using here = await site({ own: false, databases: { shop: urlOf(shop, login) } });
  const first = await here.backup({ type: 'database', retention: '1 second' });
  expect(first).toMatchObject({
    ...{ state: 'verified', restoreTested: null, deleted: [] },
    notRestored: expect.stringMatching(
      /the login may not create a database to restore into \(error 1044\)\. Name a place for copies in the config key verify/,
    ),
  });
  expect(await here.list()).toMatchObject([{ state: 'verified', restoreTested: null }]);
});

test('a separate login in the config key verify restores copies, and needs no other right', async () => {
  const shop = await newDatabase(SHOP);
  const user = `u${shop.slice(-10)}`;
  const scratch = `\`${shop.replaceAll('_', '\\_')}\\_pwj\\_verify\\_%\``;
  const login = await newLogin(user, `${READS} ${shop}.*`);
  const verify = { shop: urlOf(shop, await newLogin(`${user}v`, `all on ${scratch}.*`)) };
  await using here = await site({ own: false, databases: { shop: urlOf(shop, login) }, verify });
  expect(await here.backup()).toMatchObject({ restoreTested: expect.any(String), notRestored: null });
  expect(await leftOnServer(shop)).toEqual([shop]);
  await asRoot([`revoke trigger on ${scratch}.* from '${user}v'@'%'`]);
  const { id, restoreTested, notRestored } = await here.backup();
  expect({ restoreTested, notRestored }).toEqual({
    restoreTested: null,
    notRestored:
      'the database shop needs more than itself to be restored: the server refused the trigger before_goods (error 1142)',
  });
  expect(await here.run('backup_verify', { id })).toMatchObject({
    status: 'completed',
    result: { restoreTested: null },
  });
  expect(await leftOnServer(shop)).toEqual([shop]);
});

test('a copy from an earlier restore is reported, and stays', async () => {
  const shop = await newDatabase(['create table goods (id int primary key)', 'insert into goods values (1)']);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  const { id } = await here.backup();
  expect(await here.run('backup_restore', { id })).toMatchObject({ status: 'completed' });
  expect((await here.run('backup_restore', { id }))?.error).toMatch(
    new RegExp(`^TARGET_NOT_EMPTY: mysql://.*/${shop}_restored_${id} is there from an earlier restore: drop it`),
  );
  expect(await leftOnServer(shop)).toEqual([shop, `${shop}_restored_${id}`]);
});

test("the jobs' own database is never overwritten, even under another name of its server, nor are others with tables", async () => {
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
    message: expect.stringContaining('a database on a server is never overwritten: restore into a new one'),
  });
  expect(await asRoot([`show tables in ${other}`])).toHaveLength(1);
});

test('over HTTP it is restored into a new database, without its events', async () => {
  const shop = await newDatabase(SHOP);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  const { id } = await here.backup();
  expect(await here.run('backup_restore', { id })).toMatchObject({ status: 'completed' });
  const copy = `${shop}_restored_${id}`;
  expect(await asRoot([CONTENTS], copy)).toEqual(await asRoot([CONTENTS], shop));
  expect(await asRoot([`select * from information_schema.events where event_schema = '${copy}'`])).toEqual([]);
});

test('an unreachable server fails the backup, and the error has its location without the login', async () => {
  await using here = await site({ own: false, databases: { shop: 'mysql://root:CANARY@127.0.0.1:1/shop' } });
  const job = await here.run('backup', { type: 'database' });
  expect(job?.error).toBe('SOURCE_UNREADABLE: mysql://127.0.0.1:1/shop cannot be reached (ECONNREFUSED)');
  expect(await here.files()).toEqual([]);
});
