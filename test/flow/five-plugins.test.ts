// The five plugins that are shipped for work: all off, each alone, and all on.
import { join } from 'node:path';
import backup from '@phraseworks/plugin-backup';
import cleanup from '@phraseworks/plugin-cleanup';
import email from '@phraseworks/plugin-email';
import image from '@phraseworks/plugin-image';
import report from '@phraseworks/plugin-report';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const entriesIn = (folder: string) => ({
  backup: { use: backup },
  cleanup: { use: cleanup, config: { roots: [] } },
  email: { use: email, config: { mailbox: { port: 0 } } },
  image: { use: image },
  report: { use: report, config: { disks: [folder] } },
});
type Name = keyof ReturnType<typeof entriesIn>;
const NAMES: Name[] = ['backup', 'cleanup', 'email', 'image', 'report'];

async function open(on: readonly Name[]) {
  const folder = await temporaryFolder();
  const entries = entriesIn(folder);
  const storage = Object.fromEntries(
    ['backups', 'files', 'reports'].map((name) => [name, { folder: join(folder, name) }]),
  );
  const plugins = Object.fromEntries(NAMES.map((name) => [name, { ...entries[name], enabled: on.includes(name) }]));
  const jobs = await createTestJobs({ plugins, storage });
  const states = Object.fromEntries((await jobs.plugins.list()).map(({ name, state }) => [name, state]));
  return { jobs, states };
}

const expected = (on: readonly Name[]) =>
  Object.fromEntries(NAMES.map((name) => [name, on.includes(name) ? 'on' : 'off']));

test('with all of them off, none of their tables, routes, panels, timers or types exist', async () => {
  const { jobs, states } = await open([]);
  await using _ = jobs;
  expect(states).toEqual(expected([]));
  expect(await jobs.pluginTables()).toEqual([]);
  expect(Object.values(jobs.footprint().total).every((n) => n === 0)).toBe(true);
  expect(jobs.types()).toEqual([]);
});

test('all of them work together: a mail, a cleanup, a backup and a report sent by mail', async () => {
  const { jobs, states } = await open(NAMES);
  await using _ = jobs;
  expect(states).toEqual(expected(NAMES));
  const mail = { to: 'ada@example.test', template: 'welcome', variables: { userName: 'Ada' } };
  const added = [
    await jobs.addJob({ type: 'email', data: mail }),
    await jobs.addJob({ type: 'cleanup', data: { action: 'remove_old_logs', dryRun: true } }),
    await jobs.addJob({ type: 'report', data: { type: 'weekly_analytics', recipients: ['admin@example.test'] } }),
  ];
  await jobs.idle();
  const ended = await Promise.all(added.map(({ id }) => jobs.getJobStatus(id)));
  expect(ended.map((job) => [job?.type, job?.status, job?.error])).toEqual([
    ['email', 'completed', null],
    ['cleanup', 'completed', null],
    ['report', 'completed', null],
  ]);
  expect(ended[2]?.result).toMatchObject({ sent: true, accepted: ['admin@example.test'] });
});
