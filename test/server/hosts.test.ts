// Options of the URL: TLS with and without a certificate that is known, several hosts, and few connections.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { findProgram, findServer, NO_SERVER } from './binaries.ts';
import { loadOn, pass } from './load.ts';
import type { TestServer } from './mariadb.ts';
import { skipWhere } from './missing.ts';
import { freePorts } from './port.ts';
import { connectTo, proxyOfTest, serverOfTest } from './rig.ts';
import { askDirectly, siteOfTest } from './site.ts';

vi.setConfig({ testTimeout: 90_000 });

beforeEach((context) => skipWhere(findServer() === undefined, NO_SERVER, context));

/** A server with a certificate that only its own file vouches for. */
async function withTls(): Promise<{ server: TestServer; ca: string; url: (query: string) => string }> {
  const folder = await temporaryFolder();
  const [key, ca] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=database',
    '-keyout',
    key,
    '-out',
    ca,
  ];
  expect(spawnSync(findProgram('openssl') ?? '', made).status).toBe(0);
  const server = await serverOfTest({ settings: [`--ssl-cert=${ca}`, `--ssl-key=${key}`] });
  const root = await connectTo(server.port);
  await root.query("create user tls@'127.0.0.1' identified by 'pass' require ssl");
  await root.query("grant all on jobs.* to tls@'127.0.0.1'");
  return { server, ca, url: (query) => `mysql://tls:pass@127.0.0.1:${server.port}/jobs${query}` };
}

const message = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'opened',
    (error: Error) => error.message,
  );

test('a private TLS certificate is accepted with tls-ca or unchecked, and refused otherwise', async (context) => {
  skipWhere(findProgram('openssl') === undefined, 'no openssl to make a certificate with', context);
  const { ca, url } = await withTls();
  for (const query of [`?tls-ca=${ca}`, `?tls=true&tls-ca=${encodeURIComponent(ca)}`, '?tls=unchecked']) {
    const { jobs } = await siteOfTest(url(query));
    expect((await jobs.listJobs()).jobs).toEqual([]);
  }
  const refusal = (query: string) => message(siteOfTest(url(query)));
  expect(await refusal('?tls=true')).toBe(
    'The database cannot be used: the certificate of the server is untrusted, expired or for a different name: see tls and tls-ca. Setting: database',
  );
  expect(await refusal('')).toBe('The database cannot be used: the user or the password is wrong. Setting: database');
  expect(await refusal('?tls-ca=/nowhere.pem')).toBe(
    'Cannot read the file with the certificate authority. Setting: database, option tls-ca',
  );
});

test('three connections are enough, and are never exceeded', async () => {
  const server = await serverOfTest();
  const site = await siteOfTest(`${server.url}?connections=3`);
  const ask = await askDirectly(server.port);
  const open = async (): Promise<number> =>
    Number((await ask('select count(*) - 1 as n from information_schema.processlist where user = "root"'))[0]?.n);
  const load = loadOn(site);
  const most: number[] = [];
  for (let i = 0; i < 20; i += 1) {
    await Promise.all(Array.from({ length: 20 }, () => site.jobs.listJobs()));
    most.push(await open());
    await pass(10);
  }
  expect(Math.max(...most)).toBeLessThanOrEqual(3);
  await load.heals(server.port);
  expect(load.refused).toEqual([]);
});

async function whileTheFirstIsDown(): Promise<void> {
  const server = await serverOfTest();
  const [dead = 0] = await freePorts(1);
  const { jobs: there } = await siteOfTest(`mysql://root@127.0.0.1:${dead},127.0.0.1:${server.port}/jobs`, {
    roles: ['web'],
  });
  expect((await there.listJobs()).jobs).toEqual([]);
  const first = await proxyOfTest(
    () => server.port,
    () => 0,
  );
  const second = await proxyOfTest(
    () => server.port,
    () => 0,
  );
  const site = await siteOfTest(`mysql://root@127.0.0.1:${first.port},127.0.0.1:${second.port}/jobs`);
  const load = loadOn(site);
  await load.more(20);
  expect([first.open > 0, second.open]).toEqual([true, 0]);
  await first.become({ kind: 'refuse' });
  await load.more(20);
  expect(second.open).toBeGreaterThan(0);
  await first.become({ kind: 'pass' });
  await expect.poll(() => [first.open > 0, second.open], { timeout: 20_000 }).toEqual([true, 0]);
  await load.heals(server.port);
  expect(load.refused).toEqual([]);
}

async function whileTheFirstIsSilent(): Promise<void> {
  const server = await serverOfTest();
  const first = await proxyOfTest(
    () => server.port,
    () => 0,
  );
  const site = await siteOfTest(`mysql://root@127.0.0.1:${first.port},127.0.0.1:${server.port}/jobs`);
  const load = loadOn(site);
  await load.more(20);
  await first.become({ kind: 'halfOpen' });
  // The statement in progress is abandoned after 8 s.
  await load.more(20, 20_000);
  let least = first.open;
  const isAsked = (): boolean => {
    least = Math.min(least, first.open);
    return first.open > least;
  };
  const asked = (yes: boolean) => expect.poll(isAsked, { timeout: 30_000, interval: 20 }).toBe(yes);
  await asked(true);
  const before = load.acknowledged.length;
  await asked(false);
  expect(load.acknowledged.length).toBeGreaterThan(before);
  await load.heals(server.port);
  expect(load.refused).toEqual([]);
}

// Beside each other: both wait until the first host is looked at again.
test('the second of two hosts is used while the first is down or silent, without interrupting the work, and the first again when it is back', () =>
  Promise.all([whileTheFirstIsDown(), whileTheFirstIsSilent()]));
