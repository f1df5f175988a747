// Every suite on SQLite, most of them in one process for many files; those of some folders that open a database again on MySQL or MariaDB, and the hooks again on React 18. Workspaces resolve to their source.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { defineConfig } from 'vitest/config';
import SkippedReporter from './scripts/skipped.ts';
import { findServer } from './test/server/binaries.ts';
import { withoutDatabase } from './test/support/on-database.ts';

const env = process.env;

/** Whether a plugin has statements of its own. */
const hasStatements = (name: string): boolean => {
  const manifest = `plugins/${name}/package.json`;
  return existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"kysely"');
};

/** What runs on both engines, as far as it opens a database. */
const BOTH = [
  ...[
    'cli/test/flow',
    'test/contract',
    'test/flow',
    'test/model',
    'core/src/queue',
    'core/src/scheduler',
    'core/src/store',
  ],
  'cli/src/move',
  ...readdirSync('plugins').flatMap((name) => (hasStatements(name) ? [`plugins/${name}/src`] : [])),
].filter((folder) => existsSync(folder));

const MYSQL_ONLY = [
  'test/core/*mysql*.test.ts',
  'cli/{src,test}/**/*-mysql.test.ts',
  'core/src/store/**/*-mysql.test.ts',
  'plugins/*/src/*-mysql.test.ts',
];

const SQLITE_ONLY = [
  'core/src/store/bad-days.test.ts', // full disks, locked and read-only files, as SQLite reports them
  'core/src/store/open.test.ts', // files, and what is read back from them
  'core/src/store/write-health.test.ts', // a file that is deleted or replaced
  'core/src/store/query-plans.test.ts', // reads SQLite's plans
  'core/src/queue/{keys/statements,links/cost}.test.ts', // count SQLite's statements
  'core/src/store/sqlite/engine.test.ts', // the dialect itself
  'plugins/alerts/src/messages.test.ts', // messages and who sends them. The rows behind them: alerts
  'plugins/backup/src/postgres.test.ts', // starts its own server, wherever the jobs are
  // Archives, folders and buckets, which are the same wherever the jobs are, and SQLite files. The rows behind them: killed, plugin
  // and under-load; dumps of servers: `*-mysql`.
  'plugins/backup/src/{age,archive,archive-writer,bad-days,by-hand,config,damage,files,restore,s3,view}.test.ts',
  'plugins/cleanup/src/file-source.test.ts', // files. The rows behind them: lists and plugin
  'plugins/image/src/!(figures|outputs).test.ts', // pictures, buckets and pages. The rows behind them: figures and outputs
  // Servers of mail, templates and pages. The rows behind them: bounces, crash, deliveries, delivery-routes, figures, mailbox, plugin, secret
  // and suppressions.
  'plugins/email/src/{attachments,cms-mailer,config-form,copies,dkim,injection,mailbox-routes,mailer}.test.ts',
  'plugins/email/src/{misbehaviour,pool,preview,processor,round,unsubscribe,view}.test.ts',
  'plugins/files/src/{folder,s3}.test.ts', // folders and buckets. The rows behind them: storage and uploads
  'plugins/metrics/src/{exposition,tracing}.test.ts', // the text of figures and traces. The rows behind them: minutes
  'plugins/report/src/{bucket,mail,view}.test.ts', // mails, buckets and pages. The rows behind them: crash, figures and plugin
  'plugins/sign-in/src/host-tokens.test.ts', // tokens of the host, of which nothing is stored
  // The browser's client, and pages. The events behind them: real-time, reconnect and two-processes, and test/server/events.
  'test/flow/{client,client-*,field-help,file-upload}.test.ts',
  'test/contract/typescript.test.ts', // compiles
  'test/flow/refused-start.test.ts', // files that are no database, cannot be made, or are full
  'test/flow/{bad-processors,configuration,plugins-apart,refused-jobs,refused-requests}.test.ts', // what is decided before a row is written
  'test/flow/switched-off.test.ts', // libraries that are not loaded
  'cli/test/flow/command-line.test.ts', // what commands print. The rows behind them: the store's suite, and `test/flow/`
  'cli/test/flow/workers.test.ts', // processes and signals; jobs of killed ones: `signals.test.ts` and `core/test/crash/kill-mariadb.test.ts`
];

/** Tests that leave nothing behind in their process: many files share one and load the code once. */
const UNITS = [
  '{core,cli,testing}/src/**/*.test.{ts,tsx}',
  // Without its hooks: their test of a server must not see the window of another test.
  'sdk/src/{*,client/**/*,charts/**/*}.test.{ts,tsx}',
  // Without those that measure the memory of their process, replace a module, or ask how the sharp of their process is set up; and without
  // `client`, whose listeners stay on the document of another test.
  'plugins/*/src/**/!(archive-writer|bombs|pool).test.{ts,tsx}',
  'test/{contract,core,docs,flow,security,server}/**/!(architecture).test.ts',
  'cli/test/**/*.test.ts',
  'core/test/crash/*.test.ts',
];

/** Suites that start or kill whole processes, compile, or are slow: they run in `.ci/run` (JOBS_TEST_CI=1) and when their file is named. */
const SLOW = [
  '**/crash/**',
  '**/crash.test.ts',
  'cli/test/**',
  '{test,plugins/dashboard/test}/browser/**',
  'core/src/store/{query-plans,write-health}.test.ts',
  'examples/{hosts,phraseworks-host}/**',
  'plugins/api-docs/test/viewer.test.ts',
  'plugins/backup/src/{age,bad-days,damage,files,killed,postgres,restore,s3}.test.ts',
  'plugins/image/src/{bombs,pool}.test.ts',
  'plugins/metrics/test/{lost-answers,unwritable}.test.ts',
  'sdk/src/cron-dst.test.ts',
  'test/create-plugin.test.ts',
  'test/contract/typescript.test.ts',
  'test/docs/code.test.ts',
  'test/model/**',
  'test/server/{gone,hosts,in-the-way,lost-answers,ready}.test.ts',
];
const leftOut = env.JOBS_TEST_CI === '1' || process.argv.some((word) => /\.test\.tsx?(:\d+)?$/.test(word)) ? [] : SLOW;

const never = [
  ...['**/node_modules/**', '**/dist/**'],
  ...(env.JOBS_TEST_FULL === '1' ? [] : ['**/*.full.test.ts']),
  ...leftOut,
];

const sqlite = {
  extends: true as const,
  test: {
    name: 'sqlite',
    include: ['{sdk,core,cli,testing,plugins,examples,bench,test}/**/*.test.{ts,tsx}'],
    exclude: [...never, 'test/cluster/**', ...MYSQL_ONLY, ...UNITS],
    setupFiles: 'test/support/state-guard.ts',
  },
};

const units = {
  extends: true as const,
  test: {
    name: 'units',
    include: UNITS,
    exclude: [...never, ...MYSQL_ONLY],
    setupFiles: 'test/support/state-guard.ts',
    isolate: false,
  },
};

const mariadb = {
  extends: true as const,
  test: {
    name: 'mariadb',
    include: [...BOTH.map((folder) => `${folder}/**/*.test.ts`), ...MYSQL_ONLY],
    exclude: [...never, ...SQLITE_ONLY, ...withoutDatabase(BOTH)],
    globalSetup: 'test/server/setup.ts',
    setupFiles: ['test/support/state-guard.ts', 'test/server/each-file.ts'],
    isolate: false,
    // Each test makes a database of its own, and each statement is a round trip.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

/** The hooks once more, on the oldest React they are for. */
const reactOf18 = createRequire(new URL('test/react-18/package.json', import.meta.url));
const folderOf18 = (name: string): string => dirname(reactOf18.resolve(`${name}/package.json`));

const react18 = {
  extends: true as const,
  resolve: { alias: { react: folderOf18('react'), 'react-dom': folderOf18('react-dom') } },
  test: {
    name: 'react-18',
    include: ['sdk/src/react/**/*.test.ts'],
    exclude: never,
    env: { JOBS_TEST_REACT: '18' },
  },
};

const hasServer = Boolean(env.JOBS_TEST_MYSQL_URL) || findServer() !== undefined;

export default defineConfig({
  // Without `module`: tests hand these on to Node, which cannot load what @opentelemetry/api offers under it.
  ssr: { resolve: { conditions: ['@phraseworks/source', 'node', 'development|production'] } },
  // For the tests in a browser's document, which the line above does not reach.
  resolve: { conditions: ['@phraseworks/source', 'module', 'browser', 'development|production'] },
  test: {
    projects: [units, sqlite, react18, ...(hasServer ? [mariadb] : [])],
    reporters: ['default', new SkippedReporter(leftOut)],
    pool: 'forks',
    maxWorkers: 3, // for 2 cores: many tests wait for a process, a server or a browser
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A wait ends when what it waits for has come, so that a busy machine only takes longer.
    expect: { poll: { timeout: 20_000 } },
  },
});
