// Where the programs of a MySQL or MariaDB server are on this machine, if it has them.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Beside PATH: packages put servers where a plain user's shell does not look. */
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/usr/libexec/mysqld', '/usr/local/mysql/bin'];

export interface ServerBinaries {
  server: string;
  /** Makes an empty data folder; without one the server does that itself, as MySQL's can. */
  installer: string | undefined;
}

/** The first of these programs that can be run, or undefined. */
export function findProgram(...names: string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...FOLDERS].filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(runnable);
}

function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Undefined where no server is installed, or one of MariaDB without its tool for new data folders. */
export function findServer(): ServerBinaries | undefined {
  const server = findProgram('mariadbd', 'mysqld');
  if (server === undefined || findProgram('sh') === undefined) return undefined;
  const version = spawnSync(server, ['--no-defaults', '--version'], { encoding: 'utf8' }).stdout ?? '';
  if (!/mariadb/i.test(version)) return { server, installer: undefined };
  const installer = findProgram('mariadb-install-db', 'mysql_install_db');
  return installer === undefined ? undefined : { server, installer };
}

/** The reason of skipped tests where none is installed. */
export const NO_SERVER =
  'no MySQL or MariaDB server: set JOBS_TEST_MYSQL_URL, or install one (mariadbd or mysqld in PATH or /usr/sbin)';
