// A server that answers, but not as it should: read-only, full, silent, or with others in the way. No job is lost, none runs twice.
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { beforeEach, expect, test, vi } from 'vitest';
import { loadOn, pass } from './load.ts';
import { connectTo, proxyOfTest, serverOfFile } from './rig.ts';
import { type Site, siteOfTest } from './site.ts';

vi.setConfig({ testTimeout: 90_000 });

const server = serverOfFile();
let root: Connection;
/** As a user of the site, with rights on its own database only. */
let url: string;
beforeEach(async () => {
  root = await connectTo(server().port);
  await root.query('drop database jobs');
  await root.query('create database jobs');
  await root.query("create or replace user site@'127.0.0.1'");
  await root.query("grant all on jobs.* to site@'127.0.0.1'");
  url = `mysql://site@127.0.0.1:${server().port}/jobs`;
});

/** A site that has added jobs through the proxy. */
async function behindProxy() {
  const proxy = await proxyOfTest(
    () => server().port,
    () => 0,
  );
  const site = await siteOfTest(url.replace(String(server().port), String(proxy.port)));
  const load = loadOn(site);
  await load.more(20);
  return { proxy, site, load };
}

const only = (code: string) => new Set([code]);
const ask = async (sql: string): Promise<RowDataPacket[]> => (await root.query<RowDataPacket[]>(sql))[0];
const poll = <T>(work: () => Promise<T>) => expect.poll(work, { timeout: 30_000, interval: 20 });
const lines = (site: Site, part: string): number => site.said.filter((line) => line.includes(part)).length;

test('a read-only server is reported, and work continues once it is writable again', async () => {
  const site = await siteOfTest(url);
  const load = loadOn(site);
  await load.more(20);
  await root.query('set global read_only = 1');
  await expect.poll(() => load.refused.length).toBeGreaterThan(20);
  await root.query('set global read_only = 0');
  await load.heals(server().port);
  expect(new Set(load.refused)).toEqual(only('UNAVAILABLE'));
  expect([...load.messages]).toEqual(['The database is not available: the server is read-only.']);
});

test('a server whose connections are all taken is waited for', async () => {
  const { proxy, load } = await behindProxy();
  await root.query('set global max_connections = 10');
  await proxy.become({ kind: 'refuse' });
  const others: Connection[] = [];
  const take = () => connectTo(server().port, { user: 'site' }).then((made) => others.push(made));
  await poll(() =>
    take().then(
      () => 0,
      (error: { errno: number }) => error.errno,
    ),
  ).toBe(1040);
  await proxy.become({ kind: 'pass' });
  const before = load.refused.length;
  await expect.poll(() => load.refused.length).toBeGreaterThan(before + 5);
  for (const other of others) other.destroy();
  await load.heals(server().port);
  await root.query('set global max_connections = 200');
  expect(new Set(load.refused)).toEqual(only('UNAVAILABLE'));
  expect(load.messages).toContain('The database is not available: the server has too many connections.');
});

test('silent connections are dropped after a single wait, not one wait each', async () => {
  const { proxy, site, load } = await behindProxy();
  // Several connections of each kind are open.
  await Promise.all(Array.from({ length: 6 }, () => site.jobs.listJobs()));
  await proxy.become({ kind: 'halfOpen' });
  await pass(1_000);
  await proxy.become({ kind: 'pass' });
  // The statement in progress is abandoned after 8 s; by then the server has also ended the transaction whose locks it holds.
  await load.heals(server().port);
  expect(lines(site, 'did not answer in time')).toBeLessThan(5);
});

test('connections killed repeatedly under load lose no acknowledged job, and each runs once', async () => {
  const site = await siteOfTest(url);
  const load = loadOn(site);
  await load.more(20);
  for (let i = 0; i < 30; i += 1) {
    for (const { id } of await ask("select id from information_schema.processlist where user = 'site'"))
      await root.query(`kill ${id}`).catch(() => {});
    await pass(50);
  }
  await load.heals(server().port);
  expect(load.refused.filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
});

test('conflicts with a client that locks rows in the other order never reach the caller', async () => {
  const site = await siteOfTest(url);
  const load = loadOn(site);
  await load.more(20);
  let going = true;
  let deadlocks = 0;
  const contrary = async (): Promise<void> => {
    const client = await connectTo(server().port);
    while (going) {
      try {
        await client.query('start transaction');
        await client.query('select * from pwj_counts for update');
        await client.query('select * from pwj_jobs order by id desc limit 50 for update');
      } catch {
        deadlocks += 1;
      }
      await client.query('rollback');
      await pass(20);
    }
  };
  const seen = async (): Promise<number> =>
    Number((await ask("show global status like 'Innodb_deadlocks'"))[0]?.Value ?? deadlocks);
  const before = await seen();
  const others = Promise.all([contrary(), contrary()]);
  await load.more(60, 60_000);
  await expect.poll(seen, { timeout: 30_000 }).toBeGreaterThan(before + 5);
  going = false;
  await others;
  await load.heals(server().port);
  expect(load.refused).toEqual([]);
});
