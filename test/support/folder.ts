// A folder of its own for a test, removed when the test is over.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'pwj-flow-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
