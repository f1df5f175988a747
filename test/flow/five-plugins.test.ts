// The plugins that are shipped for work, and the one that createJobs() adds, all off. All on: `field-help.test.ts`.
import backup from '@phraseworks/plugin-backup';
import cleanup from '@phraseworks/plugin-cleanup';
import email from '@phraseworks/plugin-email';
import image from '@phraseworks/plugin-image';
import report from '@phraseworks/plugin-report';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

test('with all of them off, none of their tables, routes, panels, timers or types exist', async () => {
  const uses = Object.entries({ backup, cleanup, email, image, report });
  const plugins = Object.fromEntries(uses.map(([name, use]) => [name, { use, enabled: false }]));
  await using jobs = await createTestJobs({ plugins: { ...plugins, api: false, files: false } });
  expect((await jobs.plugins.list()).every(({ state }) => state === 'off')).toBe(true);
  expect(await jobs.pluginTables()).toEqual([]);
  expect(Object.values(jobs.footprint().total).every((n) => n === 0)).toBe(true);
  expect(jobs.types()).toEqual([]);
});
