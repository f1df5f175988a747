// The page of a cleanup job: removed files, matching files, and the button that removes exactly those.

import type { Block } from '@phraseworks/sdk';
import type { TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { ran, site, twoRoots } from '../test/kit.ts';

async function viewOf(jobs: TestJobs, id: string): Promise<Block[]> {
  const view = (await (await jobs.request(`/api/jobs/${id}/view`)).json()) as { blocks: Block[]; error: string | null };
  expect(view.error).toBeNull();
  return view.blocks;
}

const figures = (blocks: readonly Block[]) =>
  blocks.flatMap((block) => (block.type === 'stat' ? [[block.label, block.value]] : []));

test('a preview lists the matching files, and its button removes exactly those, once', async () => {
  const { roots, left } = await twoRoots();
  await using jobs = await site({ roots });
  const { id } = await ran(jobs, { action: 'temp_files', dryRun: true });
  const blocks = await viewOf(jobs, id);
  expect(figures(blocks)).toEqual([
    ['would be removed', 3],
    ['would be freed', '30 B'],
  ]);
  const table = blocks.find((block) => block.type === 'table');
  expect(table?.rows).toHaveLength(3);
  expect(table?.rows[0]).toMatchObject({ 3: 'would be removed' });
  const action = blocks.find((block) => block.type === 'action');
  expect(action?.label).toBe('Remove exactly these 3');
  expect((await jobs.request(`/plugins/cleanup${action?.post}`, { method: 'POST' })).status).toBe(202);
  await jobs.idle();
  expect(await left('tmp/a.tmp')).toEqual([false]);
  const after = await viewOf(jobs, id);
  expect(after.some(({ type }) => type === 'action')).toBe(false);
  expect(after.find((block) => block.type === 'table')?.rows[0]).toMatchObject({ 3: 'removed' });
});
