// Which database a test runs on: SQLite in memory, or an empty database of its own on the server that the run has started.
import { randomBytes } from 'node:crypto';
import { systemEnv } from '@phraseworks/jobs/internals/base';
import type { Dialect } from '@phraseworks/jobs/internals/core';
import { turn } from './manual-clock.ts';

/** Databases of tests begin with it, so that the run can drop them at its end. */
const PREFIX = 'pwj_test_';

/** True where `JOBS_TEST_ENGINE=mysql` says so. */
export const onMysql = (): boolean => systemEnv().JOBS_TEST_ENGINE === 'mysql';

/** Made by this process and still there. */
const made = new Set<string>();

/** `sqlite::memory:`, or the URL of a new and empty database on the server of `JOBS_TEST_MYSQL_URL`. */
export async function testDatabase(): Promise<string> {
  if (!onMysql()) return 'sqlite::memory:';
  const name = `${PREFIX}${randomBytes(6).toString('hex')}`;
  await onServer([`create database ${name} character set utf8mb4`]);
  made.add(name);
  const { origin, username, password, hostname, port } = serverUrl();
  const user = username === '' ? '' : `${username}${password === '' ? '' : `:${password}`}@`;
  return `${origin === 'null' ? 'mysql:' : serverUrl().protocol}//${user}${hostname}:${port || 3306}/${name}`;
}

/** Drops what `testDatabase` has made so far: with hundreds of databases a server takes four times as long to make the next one. */
export async function dropTestDatabases(): Promise<void> {
  const names = [...made];
  made.clear();
  if (names.length > 0) await onServer(names.map((name) => `drop database if exists ${name}`));
}

function serverUrl(): URL {
  const server = systemEnv().JOBS_TEST_MYSQL_URL;
  if (!server) throw new Error('JOBS_TEST_ENGINE is mysql, and JOBS_TEST_MYSQL_URL says no server');
  return new URL(server);
}

async function onServer(statements: readonly string[]): Promise<void> {
  const { createConnection } = await import('mysql2/promise');
  const { username, password, hostname, port } = serverUrl();
  const connection = await createConnection({
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  });
  try {
    for (const statement of statements) await connection.query(statement);
  } finally {
    await connection.end();
  }
}

/** Resolves when nothing has been under way for so many turns of the event loop: a statement may follow from another. */
export async function settled(dialect: Dialect, turns: number): Promise<void> {
  for (let quiet = 0; quiet < turns; ) {
    await turn(1);
    quiet = dialect.inFlight > 0 ? 0 : quiet + 1;
  }
}
