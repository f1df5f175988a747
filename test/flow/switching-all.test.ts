// All built-in plugins, switched at run time: nothing of the process or of the database server stays in use. `JOBS_TEST_FULL=1` switches longer.
import { readdirSync } from 'node:fs';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { connectionsOf, sharedDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';

const ROUNDS = process.env.JOBS_TEST_FULL === '1' ? 25 : 2;

/** Of this process; the connections of the job system to its database server are not counted. */
const inUse = async (database: string) => {
  const kinds = process.getActiveResourcesInfo();
  const files = readdirSync('/proc/self/fd').length;
  const count = (kind: string) => kinds.filter((name) => name === kind).length;
  const connections = await connectionsOf(database);
  return {
    servers: count('TCPServerWrap'),
    children: count('ProcessWrap'),
    sockets: count('TCPSocketWrap') - connections,
    files: files - connections,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
};

test('switching every built-in plugin off and on, with a mail each time, leaves nothing of the process or the server in use', async () => {
  const folder = await temporaryFolder();
  const database = await sharedDatabase();
  await using jobs = await createTestJobs({
    database,
    storage: { files: { folder } },
    plugins: {
      email: { config: { mailbox: { port: 0 } } },
      image: true,
      cleanup: true,
      backup: true,
      report: true,
      alerts: { config: { mail: ['a@x.test'] } },
      metrics: true,
      'api-docs': true,
      dashboard: true,
    },
  });
  const names = (await jobs.plugins.list()).flatMap(({ name, alwaysOn }) => (alwaysOn ? [] : [name]));
  const round = async (): Promise<void> => {
    for (const name of names) {
      await jobs.addJob({ type: 'email', data: { to: 'a@x.test', subject: 'Hi', text: 'Hello' } });
      expect(await jobs.plugins.disable(name)).toBe('off');
      expect(await jobs.plugins.enable(name)).toBe('on');
    }
  };
  /** What is in use while all of them are off. */
  const rest = async () => {
    await jobs.idle();
    for (const name of names) expect(await jobs.plugins.disable(name)).toBe('off');
    // Work that was briefly delayed is finished then.
    await jobs.advance(2_000);
    // Sockets and programs end after their plugin.
    let counted = await inUse(database);
    const look = async () => {
      counted = await inUse(database);
      return counted;
    };
    await expect.poll(look).toMatchObject({ servers: 0, children: 0, sockets: 0 });
    const { files, listeners } = counted;
    const counts = { files, listeners, footprint: jobs.footprint().total, timers: jobs.clock.pending };
    // Some need those that follow.
    for (const name of [...names].reverse()) await jobs.plugins.enable(name);
    return counts;
  };
  await round();
  const before = await rest();
  for (let n = 0; n < ROUNDS; n += 1) await round();
  expect(await rest()).toEqual(before);
});
