// Two projects: every suite on SQLite, and the named ones again on MySQL or MariaDB. Workspaces resolve to their source.
import { defineConfig } from 'vitest/config';
import { findServer } from './test/server/binaries.ts';

const env = process.env;

/** What runs on both engines. */
const BOTH = [
  'test/{contract,flow}/**/*.test.ts',
  'core/src/{jobs,scheduler,db}/**/*.test.ts',
  'plugins/{backup,cleanup,email,image,report}/**/*.test.ts',
];

const MYSQL_ONLY = ['test/core/*mysql*.test.ts', 'core/src/db/*-mysql.test.ts', 'plugins/*/src/*-mysql.test.ts'];

const SQLITE_ONLY = [
  'core/src/db/bad-days.test.ts', // full disks, locked and read-only files, as SQLite tells of them
  'core/src/db/open.test.ts', // files, and what is read back from them
  'core/src/db/query-plans.test.ts', // reads SQLite's plans
  'core/src/db/sqlite.test.ts', // the dialect itself
  'plugins/backup/src/restore.test.ts', // restores SQLite files; `server-mysql.test.ts` restores the others
  'plugins/backup/src/commands.test.ts', // their words, which are the same on both
  'test/flow/refused-start.test.ts', // files that are no database, cannot be made, or are full
];

const never = ['**/node_modules/**', '**/dist/**', ...(env.JOBS_TEST_FULL === '1' ? [] : ['**/*.full.test.ts'])];

const sqlite = {
  extends: true as const,
  test: {
    name: 'sqlite',
    include: ['{sdk,core,plugins,examples,bench,test}/**/*.test.{ts,tsx}'],
    exclude: [...never, 'test/cluster/**', ...MYSQL_ONLY],
  },
};

const mariadb = {
  extends: true as const,
  test: {
    name: 'mariadb',
    include: [...BOTH, ...MYSQL_ONLY],
    exclude: [...never, ...SQLITE_ONLY],
    globalSetup: 'test/server/setup.ts',
    setupFiles: 'test/server/each-file.ts',
    // Each test makes a database of its own, and each statement is a round trip.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

const hasServer = Boolean(env.JOBS_TEST_MYSQL_URL) || findServer() !== undefined;

export default defineConfig({
  ssr: { resolve: { conditions: ['@phraseworks/source', 'module', 'node', 'development|production'] } },
  test: {
    projects: hasServer ? [sqlite, mariadb] : [sqlite],
    reporters: ['default', './scripts/skipped.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
