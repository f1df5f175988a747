// A folder of its own for a test, removed after the test.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { folderInMemory } from '../server/memory.ts';

export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(folderInMemory(), 'pwj-flow-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
