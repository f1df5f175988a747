// A process that dies while it removes files: another one continues with the same list, and nothing else.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { bundled } from '../../../test/support/child.ts';
import { sharedDatabase } from '../../email/test/place.ts';
import { isThere, put, temporaryFolder } from '../test/kit.ts';

const SCRIPT = fileURLToPath(new URL('../test/run-list-child.ts', import.meta.url));
const COUNT = 3_000;

interface Said {
  percentage?: number;
  found?: number;
  job?: Job<'cleanup'>;
}

const start = (database: string, root: string): ChildProcess => fork(bundled(SCRIPT), [database, root]);

test('killed during a list, another process removes the rest of it, and later files stay', {
  timeout: 60_000,
}, async () => {
  const folder = await temporaryFolder();
  const root = join(folder, 'root');
  await put(folder, ['outside/kept.tmp']);
  await put(
    root,
    Array.from({ length: COUNT }, (_, n) => `f${n % 30}/${n}.tmp`),
  );
  await symlink('../outside', join(root, 'out'));
  const database = await sharedDatabase(folder);

  const first = start(database, root);
  let found = 0;
  first.on('message', (said: Said) => {
    found = said.found ?? found;
    if (found > 0 && (said.percentage ?? 0) > 0) first.kill('SIGKILL');
  });
  expect(await once(first, 'exit')).toEqual([null, 'SIGKILL']);
  expect(found).toBe(COUNT);
  const filesLeft = async () =>
    (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.tmp') && !name.startsWith('out/'));
  const left = (await filesLeft()).length;
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(COUNT);
  await put(root, ['f1/later.tmp']);

  const second = start(database, root);
  let job: Job<'cleanup'> | undefined;
  second.on('message', (said: Said) => {
    job = said.job ?? job;
  });
  await once(second, 'exit');
  // Files removed by the interrupted batch cannot be told from others: they are gone, and not counted.
  expect(job).toMatchObject({ status: 'completed', crashes: 1, result: { failedItems: 0 } });
  const counted = job?.result?.items ?? 0;
  expect(counted).toBeGreaterThanOrEqual(COUNT - 50);
  expect(counted).toBeLessThanOrEqual(COUNT);
  expect(await filesLeft()).toEqual(['f1/later.tmp']);
  expect(await isThere(join(folder, 'outside/kept.tmp'))).toBe(true);
});
