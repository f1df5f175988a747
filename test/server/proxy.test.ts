// The bad network: each of its ways, seen from the client and from the table behind it.
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findServer, NO_SERVER } from './binaries.ts';
import { startServer, type TestServer } from './mariadb.ts';
import { skipWhere } from './missing.ts';
import type { NetworkProxy } from './proxy.ts';
import { connectTo, proxyOfTest } from './rig.ts';
import { seeded } from './seeded.ts';

const missing = findServer() === undefined;
let server: TestServer;

beforeAll(async () => {
  if (!missing) server = await startServer();
}, 60_000);
beforeEach((context) => skipWhere(missing, NO_SERVER, context));
afterAll(() => server?.stop());

async function stand(seed = 1): Promise<{ proxy: NetworkProxy; direct: Connection; count(): Promise<number> }> {
  const direct = await connectTo(server.port);
  await direct.query('drop table if exists things');
  await direct.query('create table things (id int auto_increment primary key, name varchar(20))');
  const count = async () => {
    const [rows] = await direct.query<RowDataPacket[]>('select count(*) as n from things');
    return Number(rows[0]?.n);
  };
  return { proxy: await proxyOfTest(() => server.port, seeded(seed)), direct, count };
}

test('a change whose answer was cut off is stored and the client does not know', async () => {
  const { proxy, count } = await stand();
  const client = await connectTo(proxy.port);
  await proxy.become({ kind: 'swallow', chance: 1 });
  await expect(client.query("insert into things (name) values ('text')")).rejects.toThrow();
  expect([await count(), proxy.swallowed]).toEqual([1, 1]);
});

test('a prepared change is cut off like any other', async () => {
  const { proxy, count } = await stand();
  const client = await connectTo(proxy.port);
  await client.execute('insert into things (name) values (?)', ['first']);
  await proxy.become({ kind: 'swallow', chance: 1 });
  await expect(client.execute('insert into things (name) values (?)', ['second'])).rejects.toThrow();
  expect([await count(), proxy.swallowed]).toEqual([2, 1]);
});

test.each([
  ['begin', 'start transaction'],
  ['without autocommit', 'set autocommit = 0'],
])('in a transaction (%s) only the answer to the commit is cut off', async (_name, begin) => {
  const { proxy, count } = await stand();
  const client = await connectTo(proxy.port);
  await proxy.become({ kind: 'swallow', chance: 1 });
  await client.query(begin);
  await client.execute('insert into things (name) values (?)', ['x']);
  await client.query('select count(*) from things');
  expect(proxy.swallowed).toBe(0);
  await expect(client.query('commit')).rejects.toThrow();
  expect([await count(), proxy.swallowed]).toEqual([1, 1]);
});

test('the same seed cuts the same answers off', async () => {
  const run = async (): Promise<boolean[]> => {
    const { proxy } = await stand(7);
    await proxy.become({ kind: 'swallow', chance: 0.3 });
    const cut: boolean[] = [];
    for (let n = 0; n < 20; n += 1) {
      const client = await connectTo(proxy.port);
      cut.push(await client.query("insert into things (name) values ('x')").then(...told));
    }
    return cut;
  };
  const [a, b] = [await run(), await run()];
  expect(a).toEqual(b);
  expect(a).toContain(true);
  expect(a).toContain(false);
});

const told = [() => false, () => true] as const;

test('a half-open connection stays silent, also when the network is well again; a new one works', async () => {
  const { proxy } = await stand();
  const client = await connectTo(proxy.port);
  await proxy.become({ kind: 'halfOpen' });
  await expect(client.query({ sql: 'select 1', timeout: 200 })).rejects.toMatchObject({
    code: 'PROTOCOL_SEQUENCE_TIMEOUT',
  });
  await expect(connectTo(proxy.port, { connectTimeout: 200 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await proxy.become({ kind: 'pass' });
  expect(proxy.open).toBeGreaterThan(0);
  await (await connectTo(proxy.port)).query('select 1');
});

test('where nobody listens open connections are lost and new ones are refused, until somebody does again', async () => {
  const { proxy } = await stand();
  const client = await connectTo(proxy.port);
  await proxy.become({ kind: 'refuse' });
  await expect(client.query('select 1')).rejects.toThrow();
  await expect(connectTo(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.become({ kind: 'pass' });
  await (await connectTo(proxy.port)).query('select 1');
});

test('a slow network takes its time in both directions and keeps the order', async () => {
  const { proxy } = await stand();
  const client = await connectTo(proxy.port);
  await proxy.become({ kind: 'delay', ms: 50 });
  const begun = performance.now();
  const all = await Promise.all([1, 2, 3].map((n) => client.query<RowDataPacket[]>('select ? as n', [n])));
  expect(performance.now() - begun).toBeGreaterThanOrEqual(99);
  expect(all.map(([rows]) => rows[0]?.n)).toEqual([1, 2, 3]);
});
