// What the pages of backups, checks and restores show.
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Block } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { site, type TestSite, temporaryFolder } from '../test/kit.ts';
import type { BackupResult } from './data.ts';

async function viewOf({ jobs }: TestSite, id: string): Promise<Block[]> {
  const view = (await (await jobs.request(`/api/jobs/${id}/view`)).json()) as { blocks: Block[]; error: string | null };
  expect(view.error).toBeNull();
  return view.blocks;
}

test('a backup shows its verification, and its archive can be downloaded and verified again', async () => {
  await using here = await site();
  const job = await here.run('backup', { type: 'database' });
  const { id, rows } = (job?.result ?? {}) as BackupResult;
  const blocks = await viewOf(here, job?.id ?? '');
  expect(blocks.slice(0, 2)).toMatchObject([
    { tone: 'good', text: 'Verified: the archive was read again and is complete.' },
    { tone: 'good', text: 'Its databases were restored and compared.' },
  ]);
  expect(blocks[2]).toMatchObject({ label: 'restore tested', value: '2026-01-01T00:00:00.000Z' });
  expect(blocks[3]).toMatchObject({
    rows: [
      ['jobs', expect.any(String), expect.stringMatching(`${rows.toLocaleString('en')} rows`), expect.any(String)],
    ],
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
    { text: expect.stringContaining('To use a copy of a database') },
    { label: 'took' },
    { type: 'table', rows: [[expect.any(String), expect.any(String), rows, null]] },
  ]);
});

test('the page of a failed job lists what its archive lacks', async () => {
  const folder = await temporaryFolder();
  await symlink('/etc', join(folder, 'link'));
  await using here = await site({ files: { uploads: folder } });
  const job = await here.run('backup', { type: 'full' });
  expect(job).toMatchObject({ status: 'failed', result: null });
  const blocks = await viewOf(here, job?.id ?? '');
  expect(blocks[0]).toEqual({
    ...{ type: 'text', tone: 'bad' },
    text: 'Incomplete: it lacks uploads/link is a link, which is not followed.',
  });
  expect(blocks).toContainEqual({ type: 'list', items: ['uploads/link is a link, which is not followed'] });
});

test('a backup whose archive is gone says so', async () => {
  await using here = await site();
  const job = await here.run('backup', { type: 'database' });
  await rm(join(here.folder, (job?.result as BackupResult | null)?.file ?? ''));
  await here.list();
  const blocks = await viewOf(here, job?.id ?? '');
  expect(blocks).toContainEqual(
    expect.objectContaining({ tone: 'warn', text: expect.stringContaining('no longer exists') }),
  );
});

test('the page lists the contents of each backup, and offers to verify it and to restore a copy', async () => {
  const uploads = await temporaryFolder();
  await writeFile(join(uploads, 'a.txt'), 'alpha');
  await using here = await site({ files: { uploads } });
  const { id, file, rows } = await here.backup({ type: 'full' });
  const { blocks } = (await (await here.jobs.request('/api/panels/backup/backups')).json()) as { blocks: Block[] };
  const row = blocks.flatMap((block) => (block.type === 'table' ? block.rows : []))[0] ?? [];
  const contents = expect.stringMatching(
    new RegExp(`jobs \\(.*${rows.toLocaleString('en')} rows.*, uploads \\(1 file, 5 B\\)`),
  );
  expect(row).toEqual(
    expect.arrayContaining([
      { text: id, href: `/plugins/backup/backups/${id}/download` },
      'verified',
      contents,
      { label: 'Verify', post: `/plugins/backup/backups/${id}/verify` },
      {
        label: 'Restore a copy',
        post: `/plugins/backup/backups/${id}/restore?name=${file}`,
        confirm: expect.stringContaining(`is restored to ${join(here.folder, 'restored', id)}`),
      },
    ]),
  );
  for (const cell of row)
    if (typeof cell === 'object' && cell !== null && 'post' in cell)
      expect((await here.jobs.request(cell.post, { method: 'POST' })).status, cell.label).toBe(202);
  await here.jobs.idle();
  expect(await readFile(join(here.folder, 'restored', id, 'uploads', 'a.txt'), 'utf8')).toBe('alpha');
});
