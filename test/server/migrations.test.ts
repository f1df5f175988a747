// Plugins that start on a server while another process changes its tables: who waits for it, and who does not.
import { definePlugin, type Migration } from '@phraseworks/sdk';
import { beforeEach, expect, test, vi } from 'vitest';
import { startChild } from '../support/child.ts';
import { findServer, NO_SERVER } from './binaries.ts';
import { skipWhere } from './missing.ts';
import { serverOfTest } from './rig.ts';
import { siteOfTest } from './site.ts';

// Less than the lease of the lock.
vi.setConfig({ testTimeout: 45_000 });

beforeEach((context) => skipWhere(findServer() === undefined, NO_SERVER, context));

const pluginWith = (name: string, up?: Migration['up']) => ({
  use: definePlugin({ name, ...(up ? { migrations: { '001': { up } } } : {}), init() {} }),
});

async function whileOneChangesTheTables(): Promise<void> {
  const server = await serverOfTest();
  let end = (): void => {};
  const slow = pluginWith('slow', () => new Promise<void>((resolve) => (end = resolve)));
  const begun = async () => {};
  const done = pluginWith('done', begun);
  await siteOfTest(server.url, { plugins: { done } });
  await siteOfTest(server.url, { plugins: { slow } });
  const waiting = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, pluginWith(name, begun)]));
  const { jobs } = await siteOfTest(server.url, { plugins: { plain: pluginWith('plain'), done, ...waiting } });
  const states = async () => Object.fromEntries((await jobs.plugins.list()).map(({ name, state }) => [name, state]));
  expect(await states()).toMatchObject({ plain: 'on', done: 'on', a: 'starting', f: 'starting' });
  for (const name of ['plain', 'done']) {
    expect(await jobs.plugins.disable(name)).toBe('off');
    expect(await jobs.plugins.enable(name)).toBe('on');
  }
  expect(await jobs.listJobs()).toMatchObject({ jobs: [] });
  end();
  await expect.poll(async () => new Set(Object.values(await states())), { timeout: 20_000 }).toEqual(new Set(['on']));
}

async function afterOneWasKilled(): Promise<void> {
  const server = await serverOfTest();
  const child = startChild('migrating-child.ts', server.url);
  await child.line('migrating');
  child.signal('SIGKILL');
  await child.over;
  const { jobs } = await siteOfTest(server.url, { plugins: { shop: pluginWith('shop', async () => {}) } });
  await expect.poll(async () => (await jobs.plugins.list())[0]?.state, { timeout: 20_000 }).toBe('on');
}

// Beside each other: both mostly wait for the lock.
test('while a process changes the tables, plugins without pending migrations start and the others wait, but not for one that was killed', () =>
  Promise.all([whileOneChangesTheTables(), afterOneWasKilled()]));
