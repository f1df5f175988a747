// What the pages of backups, checks and restores show.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Block } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { site, type TestSite } from '../test/kit.ts';
import type { BackupResult } from './data.ts';
import { runsTable } from './runs.ts';
import type { Tools } from './tools.ts';
import { checkView } from './view.ts';

async function viewOf({ jobs }: TestSite, id: string): Promise<Block[]> {
  const view = (await (await jobs.request(`/api/jobs/${id}/view`)).json()) as { blocks: Block[]; error: string | null };
  expect(view.error).toBeNull();
  return view.blocks;
}

test('a backup shows its proof, and its archive can be fetched and proven once more', async () => {
  await using here = await site();
  const job = await here.run('backup', { type: 'database' });
  const { id, rows } = (job?.result ?? {}) as BackupResult;
  const blocks = await viewOf(here, job?.id ?? '');
  expect(blocks[0]).toEqual({
    type: 'text',
    tone: 'good',
    text: `Verified: restored into a copy and compared, ${rows.toLocaleString('en')} rows and 0 files.`,
  });
  const link = blocks.find((block) => block.type === 'link');
  expect((await here.jobs.request(link?.href ?? '', { method: 'HEAD' })).status).toBe(200);
  const action = blocks.find((block) => block.type === 'action');
  const asked = await here.jobs.request(`/plugins/backup${action?.post}`, { method: 'POST' });
  const { jobId } = (await asked.json()) as { jobId: string };
  await here.jobs.idle();
  expect((await viewOf(here, jobId))[0]).toMatchObject({ tone: 'good' });

  const restored = await here.run('backup_restore', { id });
  expect(await viewOf(here, restored?.id ?? '')).toMatchObject([
    { tone: 'good' },
    { label: 'took' },
    { type: 'table', rows: [[expect.any(String), expect.any(String), rows, null]] },
  ]);
});

test('a check that found no proof says why', async () => {
  await using here = await site();
  const { id, file } = await here.backup();
  const result = { id, file, verified: false, reason: 'a row differs', rows: 1, files: 0, durationMs: 5 };
  const tools = { runs: runsTable(here.db), target: { name: here.folder } } as Tools;
  expect((await checkView('backup', tools)({ result }))[0]).toEqual({
    type: 'text',
    tone: 'bad',
    text: 'Not verified: a row differs.',
  });
});

test('a backup whose archive is gone says so', async () => {
  await using here = await site();
  const job = await here.run('backup', { type: 'database' });
  await rm(join(here.folder, (job?.result as BackupResult | null)?.file ?? ''));
  await here.list();
  const blocks = await viewOf(here, job?.id ?? '');
  expect(blocks).toContainEqual(
    expect.objectContaining({ tone: 'warn', text: expect.stringContaining('is not there any more') }),
  );
});
