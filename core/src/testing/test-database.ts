// Which database a test runs on: SQLite in memory, or an empty database of its own on the server that the run has started.
import { randomBytes } from 'node:crypto';
import type { Dialect } from '../db/dialect/dialect.ts';
import { systemEnv } from '../env.ts';
import { turn } from './manual-clock.ts';

/** Databases of tests begin with it, so that the run can drop them at its end. */
const PREFIX = 'pwj_test_';

/** True where `JOBS_TEST_ENGINE=mysql` says so. */
export const onMysql = (): boolean => systemEnv().JOBS_TEST_ENGINE === 'mysql';

/** `sqlite::memory:`, or the URL of a new and empty database on the server of `JOBS_TEST_MYSQL_URL`. */
export async function testDatabase(): Promise<string> {
  if (!onMysql()) return 'sqlite::memory:';
  const server = systemEnv().JOBS_TEST_MYSQL_URL;
  if (!server) throw new Error('JOBS_TEST_ENGINE is mysql, and JOBS_TEST_MYSQL_URL says no server');
  const { createConnection } = await import('mysql2/promise');
  const name = `${PREFIX}${randomBytes(6).toString('hex')}`;
  const { origin, username, password, hostname, port } = new URL(server);
  const connection = await createConnection({
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  });
  await connection.query(`create database ${name} character set utf8mb4`);
  await connection.end();
  const user = username === '' ? '' : `${username}${password === '' ? '' : `:${password}`}@`;
  return `${origin === 'null' ? 'mysql:' : new URL(server).protocol}//${user}${hostname}:${port || 3306}/${name}`;
}

/** Resolves when nothing is under way any more: promises, turns of the event loop, statements. */
export async function settled(dialect: Dialect, turns: number): Promise<void> {
  do await turn(turns);
  while (dialect.inFlight > 0);
}
