// Plugins that are switched at run time: nothing is left behind, and the choice outlives a restart. `JOBS_TEST_FULL=1` switches a hundred times.
import email from '@phraseworks/plugin-email';
import image from '@phraseworks/plugin-image';
import { definePlugin, Pages } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { rowsOfTables, sharedDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import * as tasks from '../support/plugin-module.ts';

const ROUNDS = process.env.JOBS_TEST_FULL === '1' ? 100 : 25;

const front = definePlugin({
  name: 'front',
  needs: { pages: Pages },
  init: ({ needs: { pages } }) => void pages.get('/', (c) => c.html('<p>hello</p>')),
});

const traces = async (jobs: TestJobs, database: string) => {
  // Work that was briefly delayed is finished then.
  await jobs.advance(2_000);
  // The pool of a server opens connections as they are needed, up to its limit.
  const pooled = database.startsWith('mysql') ? 'TCPSocketWrap' : '';
  const resources = process.getActiveResourcesInfo().filter((name) => name !== pooled).length;
  const { pwj_events: events = 0, ...rows } = await rowsOfTables(database);
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { events, resources, footprint: jobs.footprint(), timers: jobs.clock.pending, listeners, rows };
};

test(`disabling and enabling a plugin ${ROUNDS} times leaves no timer, listener, route or row behind`, async () => {
  const folder = await temporaryFolder();
  const database = await sharedDatabase();
  await using jobs = await createTestJobs({
    database,
    storage: { files: { folder } },
    plugins: {
      front: { use: front },
      email: { use: email, config: { mailbox: { port: 0 } } },
      image: { use: image },
      tasks: { use: tasks },
    },
  });
  // The others need the first one.
  const names = ['files', 'front', 'email', 'image', 'tasks'];
  const round = async (): Promise<void> => {
    for (const name of names) expect(await jobs.plugins.disable(name)).toBe('off');
    const left = names.flatMap((name) => Object.values(jobs.footprint().plugins[name] ?? {}));
    expect(left.every((n) => n === 0)).toBe(true);
    for (const name of names) expect(await jobs.plugins.enable(name)).toBe('on');
  };
  await round();
  const before = await traces(jobs, database);
  for (let n = 1; n < ROUNDS; n += 1) await round();
  const after = await traces(jobs, database);
  // Resources of the process itself may close meanwhile: only more of them would be a leak.
  expect(after.resources).toBeLessThanOrEqual(before.resources);
  // Other processes receive an event for each change, and then for its plugin's jobs; retention removes those like any event.
  expect(after.events - before.events).toBeLessThanOrEqual((ROUNDS - 1) * names.length * 2 * 2);
  const { events, resources } = before;
  expect({ ...after, events, resources }).toEqual(before);
  expect((await jobs.request('/')).status).toBe(200);
  expect((await jobs.request('/plugins/email/mailbox')).status).toBe(200);
});

test('a plugin enabled or disabled by hand stays so after restarts, whatever the configuration says', async () => {
  const database = await sharedDatabase();
  const open = (): Promise<TestJobs> =>
    createTestJobs({ database, plugins: { tasks: { use: tasks }, quiet: { use: { init() {} }, enabled: false } } });
  const states = async (jobs: TestJobs) =>
    (await jobs.plugins.list()).slice(0, 2).map(({ name, state, reason }) => [name, state, reason]);
  {
    await using jobs = await open();
    expect(await states(jobs)).toEqual([
      ['tasks', 'on', null],
      ['quiet', 'off', 'disabled in the configuration'],
    ]);
    await jobs.request('/api/plugins/tasks/disable', { method: 'POST' });
    await jobs.request('/api/plugins/quiet/enable', { method: 'POST' });
  }
  {
    await using jobs = await open();
    expect(await states(jobs)).toEqual([
      ['tasks', 'off', 'disabled'],
      ['quiet', 'on', null],
    ]);
    const { id } = await jobs.addJob({ type: 'plugin_task', data: { action: 'import' } });
    expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'parked', plugin: 'tasks', reason: 'plugin_disabled' });
    await jobs.plugins.enable('tasks');
    await jobs.idle();
    expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed' });
  }
  await using jobs = await open();
  expect(await states(jobs)).toEqual([
    ['tasks', 'on', null],
    ['quiet', 'on', null],
  ]);
});
