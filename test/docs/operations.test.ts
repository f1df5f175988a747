// docs/operations.md: each log line is listed, the backup is complete, and signals act as described.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createJobs } from '@phraseworks/jobs';
import { expect, test } from 'vitest';
import { bare, fencesOf, rowsOf, sectionOf } from './markdown.ts';
import { loggedLines } from './sources.ts';
import { Workshop } from './workshop.ts';

const PAGE = 'docs/operations.md';

test('exactly the lines that the core logs are explained', () => {
  const explained = rowsOf(sectionOf(PAGE, 'The log')).map(([line, level]) => `${level} ${bare(line)}`);
  const logged = loggedLines('core/src').map(({ line, level }) => `${level} ${line}`);
  expect(explained.sort()).toEqual([...new Set(logged)].sort());
});

test('a backup made while a process works contains every job', async () => {
  await using shop = await Workshop.open();
  await mkdir(join(shop.folder, 'data'));
  const database = (name: string) => `sqlite:${join(shop.folder, name)}`;
  await using jobs = await createJobs({ database: database('data/jobs.db'), logLevel: 'error' });
  const { id } = await jobs.addJob({ type: 'kept', data: { n: 1 } });

  const command = fencesOf(PAGE).find(({ lang, code }) => lang === 'sh' && code.includes('backup'))?.code ?? '';
  const { code, output } = await shop.run('sh', ['-c', command]);
  expect(code, output).toBe(0);
  await using copy = await createJobs({ database: database('jobs-backup.db'), logLevel: 'error' });
  expect(await copy.getJobStatus(id)).toMatchObject({ type: 'kept', data: { n: 1 } });
});
