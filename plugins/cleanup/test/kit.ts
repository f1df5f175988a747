// What the tests of this plugin share: real folders with files of a given age, and a whole instance around the plugin.
import { lstat, mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AnyPlugin, definePlugin, type Job } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { onTestFinished } from 'vitest';
import type { CleanupData, CleanupResult } from '../src/data.ts';
import cleanup from '../src/index.ts';

export const DAY = 86_400_000;
/** Long before any clock of a test. */
export const OLD = Date.UTC(2020, 0, 1);

/** A real folder, removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'pwj-cleanup-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below `folder`, by their paths; ten bytes each, last changed at `at` (milliseconds since 1970). */
export async function put(folder: string, paths: readonly string[], at = OLD): Promise<void> {
  for (const path of paths) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '0123456789');
    await utimes(file, at / 1_000, at / 1_000);
  }
}

export const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** An instance with the plugin; `config` and other plugins as given. */
export async function site(config: object, others: Record<string, AnyPlugin> = {}, queue = {}): Promise<TestJobs> {
  return createTestJobs({
    queue,
    plugins: {
      cleanup: { use: cleanup, config },
      ...Object.fromEntries(Object.entries(others).map(([name, use]) => [name, { use }])),
    },
  });
}

type Ran = Job<'cleanup'> & { result: CleanupResult };

/** Adds the job, lets it end, and answers it; `patience` in real milliseconds, for what takes longer than `idle()` waits. */
export async function ran(jobs: TestJobs, data: CleanupData, patience = 0): Promise<Ran> {
  const { id } = await jobs.addJob({ type: 'cleanup', data, maxRetries: 0 });
  const until = performance.now() + patience;
  for (;;) {
    try {
      await jobs.idle();
      return (await jobs.getJobStatus(id)) as Ran;
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}

/** Lets one batch be removed and holds up the next, until its job is stopped; `reached` resolves then. Once `isOpen`, all go on. */
export function gateBehindOneBatch() {
  const gate = { isOpen: false };
  let batches = 0;
  let reach = (): void => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const plugin = definePlugin({
    name: 'gate',
    init: (ctx) =>
      void ctx.addFilter('cleanup:actions', (sources) =>
        sources.map((source) => ({
          ...source,
          async remove(items, about) {
            batches += 1;
            if (batches > 1 && !gate.isOpen) {
              reach();
              await new Promise((resolve) => about.signal.addEventListener('abort', resolve));
            }
            return source.remove(items, about);
          },
        })),
      ),
  });
  return { gate, reached, plugin };
}

const FILES = ['a.tmp', 'deep/b.tmp', 'deep/er/c.tmp', 'keep.txt', '.hidden.tmp'];

/** A root of temporary files and one of logs, each with some that match and some that do not. */
export async function twoRoots() {
  const folder = await temporaryFolder();
  await put(
    folder,
    FILES.map((path) => `tmp/${path}`),
  );
  await put(folder, ['logs/site.log', 'logs/site.log.1', 'logs/notes.txt']);
  const roots = [
    { path: join(folder, 'tmp'), patterns: ['**/*.tmp'], kind: 'temp' },
    { path: join(folder, 'logs'), patterns: ['*.log', '*.log.*'], kind: 'logs', olderThan: '7 days' },
  ];
  const left = (...paths: string[]) => Promise.all(paths.map((path) => isThere(join(folder, path))));
  return { folder, roots, left };
}
