// Starts on a server that is not running yet, is unsuitable, or is used by other starts at the same time.
import { beforeEach, expect, test, vi } from 'vitest';
import { findServer, NO_SERVER } from '../../test/server/binaries.ts';
import { pass } from '../../test/server/load.ts';
import { skipWhere } from '../../test/server/missing.ts';
import { freePorts } from '../../test/server/port.ts';
import { proxyOfTest, serverOfTest } from '../../test/server/rig.ts';
import { askDirectly } from '../../test/server/site.ts';
import { type Child, startChild } from '../../test/support/child.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { commandLine } from './command-line.ts';

vi.setConfig({ testTimeout: 90_000 });

beforeEach((context) => skipWhere(findServer() === undefined, NO_SERVER, context));

async function startSite(database: string): Promise<{ site: Child; url: string }> {
  const [port = 0] = await freePorts(1);
  const site = startChild('../../cli/test/site-child.ts', { database }, { PORT: String(port) });
  return { site, url: `http://127.0.0.1:${port}/jobs` };
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const WAITS_FOR_LOCK = /^warn +Another process is changing the tables, or was killed while it did\. Waiting for it\.$/;
const statusOf = (url: string): Promise<number> =>
  fetch(url).then(
    ({ status }) => status,
    () => 0,
  );
const poll = <T>(ask: () => T) => expect.poll(ask, { timeout: 30_000, interval: 50 });

/** A start that has made some of its tables: each statement takes 25 ms. */
async function halfMigrated() {
  const server = await serverOfTest();
  const proxy = await proxyOfTest(
    () => server.port,
    () => 0,
  );
  await proxy.become({ kind: 'delay', ms: 25 });
  const { site } = await startSite(`mysql://root@127.0.0.1:${proxy.port}/jobs`);
  const ask = await askDirectly(server.port);
  const tables = async (): Promise<number> => (await ask("show tables like 'pwj%'")).length;
  await expect.poll(tables, { timeout: 30_000, interval: 5 }).toBeGreaterThan(5);
  return { server, site, ask, tables };
}

test('a site started before its server waits, is not ready, says so once, and starts when the server does', async () => {
  const server = await serverOfTest();
  await server.kill();
  const { site, url } = await startSite(server.url);
  await poll(() => statusOf(`${url}/health`)).toBe(200);
  expect([await statusOf(`${url}/ready`), await statusOf(`${url}/api/jobs`)]).toEqual([503, 503]);
  const listed = await commandLine(await temporaryFolder(), ['list', '--database', server.url]);
  expect([listed.code, listed.out]).toEqual([3, []]);
  await pass(process.env.JOBS_TEST_FULL === '1' ? 32_000 : 3_000);
  const said = linesOf(site.errors());
  expect(said).toHaveLength(process.env.JOBS_TEST_FULL === '1' ? 2 : 1);
  expect(said[0]).toBe(
    'warn  The database is not available: nothing answers at its address. Trying again every second until it answers.',
  );
  await server.restart();
  await site.line('ready');
  await poll(() => statusOf(`${url}/ready`)).toBe(200);
});

test('three processes that start at once on an empty database migrate it once, and all start', async () => {
  const server = await serverOfTest();
  const sites = await Promise.all([1, 2, 3].map(() => startSite(server.url)));
  await Promise.all(sites.map(({ site }) => site.line('ready')));
  const ask = await askDirectly(server.port);
  const steps = await ask("select name, count(*) as n from pwj_migrations where scope = 'core' group by name");
  expect(steps.length).toBeGreaterThan(0);
  expect(steps.map(({ n }) => n)).toEqual(steps.map(() => 1));
  expect(sites.map(({ site }) => linesOf(site.errors()))).toEqual([[], [], []]);
});

test('a migration that was killed half-way is finished by the next start', async () => {
  const { server, site, ask, tables } = await halfMigrated();
  site.signal('SIGKILL');
  await site.over;
  const half = await tables();
  const done = async (): Promise<number> => (await ask('select * from pwj_migrations')).length;
  const steps = await done();
  // The lock is held for up to a minute, and free at once when the server has noticed that its holder's connection has ended.
  expect(
    await ask('select until - unix_timestamp(now(3)) * 1000 <= 60000 as soon, until > 0 as held from pwj_lock'),
  ).toEqual([{ soon: 1, held: 1 }]);
  const { site: next, url } = await startSite(server.url);
  await next.line('ready');
  expect(linesOf(next.errors()).filter((line) => !WAITS_FOR_LOCK.test(line))).toEqual([]);
  expect([await tables(), await done()].map((n, i) => n > ([half, steps][i] ?? 0))).toEqual([true, true]);
  const response = await fetch(`${url}/api/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'take', data: { ms: 1 } }),
  });
  expect(response.status).toBe(201);
  await next.line('running');
});

test('a start waits while a process of another server changes the tables, and says so', async () => {
  const server = await serverOfTest();
  const ask = await askDirectly(server.port);
  await ask(
    'create table pwj_lock (name varchar(64) not null primary key, holder varchar(64) not null, until bigint not null)',
  );
  await ask("insert into pwj_lock values ('migrate', 'another', unix_timestamp() * 1000 + 60000)");
  const { site } = await startSite(server.url);
  await poll(() => linesOf(site.errors())).toEqual([expect.stringMatching(WAITS_FOR_LOCK)]);
  await ask('update pwj_lock set until = 0');
  await site.line('ready');
});

test('a start whose server vanishes ends with one sentence that says what to do, and the next one finishes it', async () => {
  const { server, site } = await halfMigrated();
  await server.kill();
  expect(await site.over).toBe(3);
  expect(linesOf(site.errors())).toEqual([
    'The database is not available: the connection was lost. The start did not finish. Start again when the database is back: it continues where it ended.',
  ]);
  await server.restart();
  const { site: next } = await startSite(server.url);
  await next.line('ready');
});
