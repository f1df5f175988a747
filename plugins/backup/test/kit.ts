// What the tests of this plugin share: a folder that goes away, a site with the plugin on a database that lies somewhere, and its backups.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { DatabasePlace, definePlugin, optional, type PluginDatabase, type StorageTarget } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { onTestFinished, vi } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import type { BackupData, BackupResult } from '../src/data.ts';
import backup from '../src/index.ts';
import type { Listed } from '../src/state.ts';

export { temporaryFolder } from '../../../test/support/folder.ts';

export const onMysql = process.env.JOBS_TEST_ENGINE === 'mysql';

export interface TestSite extends AsyncDisposable {
  jobs: TestJobs;
  /** Of the archives. */
  folder: string;
  /** The setting `storage`. */
  targets: Record<string, StorageTarget>;
  config: Record<string, unknown>;
  /** Where the plugin finds its database. */
  place: DatabasePlace | null;
  db: PluginDatabase;
  /** Adds a job of this type, runs it, and answers it as it is then. */
  run(type: string, data: object): Promise<Awaited<ReturnType<TestJobs['getJobStatus']>>>;
  /** Throws with its error when it does not complete. */
  backup(data?: BackupData): Promise<BackupResult>;
  list(): Promise<Listed[]>;
  /** Everything in the folder but what is being worked on. */
  files(): Promise<string[]>;
}

/** `folder` and `s3` are those of the storage target. */
export async function site(
  { folder: given, s3, ...config }: StorageTarget & Record<string, unknown> = {},
  options: object = {},
): Promise<TestSite> {
  const base = await temporaryFolder();
  const folder = given ?? join(base, 'backups');
  const targets = { backups: { folder, s3 } };
  const settings = { minFree: 0, ...config };
  let spied: Pick<TestSite, 'place' | 'db'> | undefined;
  const spy = definePlugin({
    name: 'spy',
    needs: { place: optional(DatabasePlace) },
    init(ctx) {
      spied = { place: ctx.needs.place ?? null, db: ctx.db };
    },
  });
  const jobs = await createTestJobs({
    ...(onMysql ? {} : { database: `sqlite:${join(base, 'jobs.db')}` }),
    storage: targets,
    plugins: { backup: { use: backup, config: settings }, spy: { use: spy } },
    ...options,
  });
  if (!spied) throw new Error('the plugin did not come on');
  const run: TestSite['run'] = async (type, data) => {
    const { id } = await jobs.addJob({ type, data, maxRetries: 0 });
    await jobs.idle();
    return jobs.getJobStatus(id);
  };
  return {
    jobs,
    folder,
    config: settings,
    ...spied,
    targets,
    run,
    async backup(data = { type: 'database' }) {
      const job = await run('backup', data);
      if (job?.status !== 'completed') throw new Error(`the backup is ${job?.status}: ${job?.error}`);
      return job.result as BackupResult;
    },
    async list() {
      const answer = (await (await jobs.request('/plugins/backup/backups')).json()) as { backups: Listed[] };
      return answer.backups;
    },
    files: async () => (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.')),
    [Symbol.asyncDispose]: () => jobs[Symbol.asyncDispose](),
  };
}

/** Scripts that come first in PATH, by their names. With an empty `rest` no other program is found. */
export async function programs(scripts: Record<string, string>, rest = process.env.PATH): Promise<void> {
  const folder = join(await temporaryFolder(), 'bin');
  await mkdir(folder);
  for (const [name, script] of Object.entries(scripts))
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', [folder, rest].filter(Boolean).join(delimiter));
  onTestFinished(() => void vi.unstubAllEnvs());
}
