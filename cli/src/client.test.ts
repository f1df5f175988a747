// The database and the queue for one command: what the metrics plugin gets when the command ends.

import { systemClock, systemRandom } from '@phraseworks/jobs/internals/base';
import { definePlugin, Monitor, type StoredChanges } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { type Client, type ClientOptions, openClient } from './client.ts';
import type { Site } from './site.ts';

/** Replaces the metrics plugin; records its starts, its configuration and the events it gets. */
async function open(options: ClientOptions = {}, config: Partial<Site['config']> = {}) {
  const notes: string[] = [];
  const configs: unknown[] = [];
  const heard: StoredChanges[] = [];
  const monitors: Monitor[] = [];
  const metrics = definePlugin({
    name: 'metrics',
    needs: { monitor: Monitor },
    init(ctx) {
      configs.push(ctx.config);
      monitors.push(ctx.needs.monitor);
      ctx.onDisable(ctx.needs.monitor.onStored((changes) => heard.push(changes)));
    },
  });
  const folder = await temporaryFolder();
  const site: Site = {
    config: { database: 'sqlite::memory:', plugins: { metrics: { use: metrics } }, ...config },
    file: null,
    baseDir: folder,
  };
  const out = { line: () => {}, note: (text: string) => void notes.push(text) };
  const client = await openClient(
    site,
    { clock: systemClock, random: systemRandom, env: {}, out: out as never },
    { inMemory: true, ...options },
  );
  return { client, notes, configs, heard, monitors };
}

const add = ({ core }: Client) => core.queue.add({ type: 'ok', data: {} }, { plugin: null } as never);

test('a command that changed jobs starts the plugins that record it when it ends', async () => {
  const { client, configs, heard } = await open();
  await add(client);
  await client.close();
  expect(configs).toEqual([{}]);
  expect(heard).toHaveLength(1);
});

test('a command that changed no job starts no plugin, whatever else it stored', async () => {
  const { client, configs } = await open();
  await client.core.ledger.transact(async () => {});
  await client.close();
  expect(configs).toEqual([]);
});

test('a command stays a success and closes its database when it cannot be counted', async () => {
  const { client, notes } = await open();
  await add(client);
  const { dialect } = client;
  await dialect.db.schema.dropTable('pwj_plugins').execute();
  await client.close();
  expect(notes.join()).toContain('The figures do not include this command: ');
  await expect(dialect.reader.selectFrom('pwj_jobs').selectAll().execute()).rejects.toThrow();
});

test('with its plugins started, a command retains nothing of what it stores', async () => {
  const { client, monitors } = await open({ plugins: true });
  await add(client);
  const late: StoredChanges[] = [];
  monitors[0]?.onStored((changes) => void late.push(changes));
  await client.close();
  expect(late).toEqual([]);
});
