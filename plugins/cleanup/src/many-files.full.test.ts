// A hundred thousand files, links out of the root and one locked file: previewed, then removed exactly, without blocking the site.
import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isThere, OLD, put, ran, site, temporaryFolder } from '../test/kit.ts';
import { lock } from '../test/locked.ts';

const FOLDERS = 100;
const EACH = 1_000;
const ALL = FOLDERS * EACH;
const SECONDS = 120_000;

async function bigTree(): Promise<string> {
  const folder = await temporaryFolder();
  await put(folder, ['outside/secret.tmp']);
  for (let f = 0; f < FOLDERS; f += 1) {
    const place = join(folder, 'root', `f${f}`);
    await mkdir(place, { recursive: true });
    for (let from = 0; from < EACH; from += 100)
      await Promise.all(
        Array.from({ length: 100 }, async (_, n) => {
          const file = join(place, `${from + n}.tmp`);
          await writeFile(file, 'small');
          await utimes(file, OLD / 1_000, OLD / 1_000);
        }),
      );
    await symlink('../../outside', join(place, 'out'));
    await symlink('../../outside/secret.tmp', join(place, 'secret.tmp'));
  }
  return folder;
}

test('100,000 files are previewed and removed without blocking the event loop; a locked one is reported, and links stay', {
  timeout: SECONDS * 2,
}, async ({ skip }) => {
  const folder = await bigTree();
  const root = join(folder, 'root');
  const locked = join(root, 'f42/42.tmp');
  const reason = await lock(locked);
  if (reason === null) skip('no way to lock a file here: chattr +i does not work');
  await using jobs = await site({ roots: [{ path: root, kind: 'temp', patterns: ['**/*.tmp'] }] });
  const data = { action: 'temp_files' };
  const counted = async (more: object) => {
    let turns = 0;
    let next: NodeJS.Immediate | undefined;
    const turn = (): void => {
      turns += 1;
      next = setImmediate(turn);
    };
    turn();
    const job = await ran(jobs, { ...data, ...more }, SECONDS);
    clearImmediate(next);
    expect(turns).toBeGreaterThan(ALL / 100);
    return job;
  };
  const dry = await counted({ dryRun: true });
  expect(dry.result).toMatchObject({ items: ALL, bytes: ALL * 5, failedItems: 0, list: dry.id });
  expect(dry.result.first).toHaveLength(100);
  await put(root, ['f1/later.tmp']);
  const run = await counted({ list: dry.id });
  expect(run.result).toMatchObject({ items: ALL - 1, failed: [{ item: locked, reason }], failedItems: 1 });
  expect(await isThere(join(root, 'f1/later.tmp'))).toBe(true);
  expect((await readdir(join(root, 'f42'))).sort()).toEqual(['42.tmp', 'out', 'secret.tmp']);
  expect(await isThere(join(folder, 'outside/secret.tmp'))).toBe(true);
});
