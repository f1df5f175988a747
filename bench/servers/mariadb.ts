// A throw-away MariaDB: every commit waits for the disk, a new database for each measurement.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { freePort, makeFolder, type Server, startServer } from './process.ts';

/** What fits the depth test's rows into memory and the longest drain into the log: neither reads nor the rush to make room there are what is measured. */
const SETTINGS = [
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-buffer-pool-size=2G',
  '--innodb-log-file-size=4G',
  '--max-connections=300',
  '--max-allowed-packet=64M',
];

const INSTALL = 'mariadb-install-db';

export async function startMariadb(base: string): Promise<Server> {
  const folder = makeFolder(base, 'mariadb');
  const data = join(folder, 'data');
  const asUs = process.getuid?.() === 0 ? ['--user=root'] : [];
  const install = ['--no-defaults', ...asUs, `--datadir=${data}`];
  execFileSync(
    INSTALL,
    [...install, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'],
    { stdio: 'ignore' },
  );
  const port = await freePort();
  const url = `mysql://root@127.0.0.1:${port}`;
  const place = [`--socket=${join(folder, 's.sock')}`, '--bind-address=127.0.0.1', `--port=${port}`];
  const args = [...install, ...place, `--log-error=${join(folder, 'log')}`, '--skip-name-resolve', ...SETTINGS];
  return startServer('mariadbd', args, folder, url, async () => {
    const db = await createConnection(url);
    await db.end();
  });
}

/** One connection for a few statements. */
export async function withConnection<T>(url: string, work: (db: Connection) => Promise<T>): Promise<T> {
  const db = await createConnection(url);
  try {
    return await work(db);
  } finally {
    await db.end();
  }
}

export async function one(db: Connection, sql: string): Promise<Record<string, unknown>> {
  const [rows] = await db.query<RowDataPacket[]>(sql);
  return rows[0] ?? {};
}

/** `0`, `1` or `2`, as the server says: 1 waits for the disk at each commit. */
export const readFlush = (url: string): Promise<string> =>
  withConnection(url, async (db) => String((await one(db, 'select @@global.innodb_flush_log_at_trx_commit f')).f));

export const versionOf = (url: string): Promise<string> =>
  withConnection(url, async (db) => `MariaDB ${(await one(db, 'select version() v')).v}`);

const QUIET = 1_000;
const LONGEST_REST = 20_000;

/** A new, empty database, once the server has cleaned up after the one before; answers its URL. */
export async function newDatabase(url: string, name: string): Promise<string> {
  await withConnection(url, async (db) => {
    await db.query(`drop database if exists ${name}`);
    await db.query(`create database ${name}`);
    const until = performance.now() + LONGEST_REST;
    while (performance.now() < until) {
      const row = await one(db, "show global status like 'Innodb_history_list_length'");
      if (Number(row.Value) < QUIET) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  return `${url}/${name}`;
}
