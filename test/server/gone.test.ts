// A server that is killed or stands still under load: nothing acknowledged is lost, and work goes on by itself.
import { beforeEach, expect, test, vi } from 'vitest';
import { findServer, NO_SERVER } from './binaries.ts';
import { loadOn, pass } from './load.ts';
import { skipWhere } from './missing.ts';
import { serverOfTest } from './rig.ts';
import { siteOfTest } from './site.ts';

vi.setConfig({ testTimeout: 180_000 });

const FULL = process.env.JOBS_TEST_FULL === '1';
/** Milliseconds for which the server stands still. */
const STILL = FULL ? 60_000 : 20_000;

beforeEach((context) => skipWhere(findServer() === undefined, NO_SERVER, context));

test('a server that is killed under load and started again has lost nothing, and jobs go on', async () => {
  const server = await serverOfTest();
  const site = await siteOfTest(server.url);
  const load = loadOn(site);
  for (let kills = 0; kills < (FULL ? 5 : 2); kills += 1) {
    await load.more(30);
    await server.kill('SIGKILL');
    await pass(1_000);
    await server.restart();
  }
  console.log(await load.heals(server.port), site.said, load.messages, load.refused.length);
  expect(new Set(load.refused)).toEqual(new Set(['UNAVAILABLE']));
});

test('a server that stands still is waited for, not longer than a caller has patience, and jobs go on with it', async () => {
  const server = await serverOfTest();
  const site = await siteOfTest(server.url);
  const load = loadOn(site);
  await load.more(30);
  const slowest = { ms: 0 };
  await server.kill('SIGSTOP');
  await pass(STILL);
  await server.kill('SIGCONT');
  console.log(await load.heals(server.port), site.said, load.messages, load.refused.length, slowest);
  expect(new Set(load.refused)).toEqual(new Set(['UNAVAILABLE']));
});
