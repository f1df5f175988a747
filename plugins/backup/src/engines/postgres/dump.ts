// Dumps and restores PostgreSQL with its own programs: pg_dump and pg_restore.
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupFailure, codeOf, writeFailure } from '../../failure.ts';
import { findPrograms, nothingOf, type RunOptions, runProgram, type Where, withSecretFile } from '../client-program.ts';
import { type DumpOptions, type LoadOptions, restoreFailed } from '../engine.ts';
import type { Login } from '../server-url.ts';
import { environmentOf, passFile, type Session } from './connection.ts';

const PACKAGE = 'postgresql-client';
const PROGRAMS = ['pg_dump', 'pg_restore', 'psql'];

/** `15` of `pg_dump (PostgreSQL) 15.20 (Debian ...)`. */
const majorOf = (version: string): number => Number(/\(PostgreSQL\) (\d+)/.exec(version)?.[1] ?? 0);

export const versionOf = async (session: Session): Promise<{ version: string; major: number }> => {
  const sql =
    "select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major";
  const [found] = await session.rows<{ version: string; major: number }>(sql);
  return found ?? { version: '', major: 0 };
};

/** What is wrong with the programs that would dump this server; null: nothing. */
export async function programsLack(session: Session, signal: AbortSignal): Promise<string | null> {
  const found = await findPrograms(PROGRAMS, signal);
  const absent = PROGRAMS.filter((program) => !found.some((one) => one.name === program));
  const { major } = await versionOf(session);
  if (absent.length > 0) return `${absent.join(' and ')} cannot be run here: apt-get install ${PACKAGE}`;
  const old = found.find(({ version }) => majorOf(version) < major);
  if (old === undefined) return null;
  const ours = majorOf(old.version);
  return `${old.name} ${ours} cannot dump a server of version ${major}, which needs ${major} or newer: apt-get install ${PACKAGE}-${major}`;
}

/** Runs one of the programs with this login. */
const run = <T>(
  login: Login,
  program: string,
  args: readonly string[],
  where: Where,
  more: Omit<RunOptions<T>, 'signal' | 'env'>,
) =>
  withSecretFile(where.folder, passFile(login), (path) =>
    runProgram(program, ['--no-password', ...args], { signal: where.signal, env: environmentOf(login, path), ...more }),
  );

export async function runDump(login: Login, options: DumpOptions, snapshot: string): Promise<void> {
  const { file, signal, progress } = options;
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      progress(bytes);
      done(null, chunk);
    },
  });
  const { code, killedBy, stderr } = await run(
    login,
    'pg_dump',
    // The archive around it is compressed.
    ['--format=custom', '--compress=0', `--snapshot=${snapshot}`],
    options,
    {
      take: (output) =>
        pipeline(output, meter, createWriteStream(file, { flags: 'w', mode: 0o600 }), { signal }).catch(
          (error: unknown) => {
            throw writeFailure(error);
          },
        ),
    },
  );
  if (code !== 0) throw dumpFailure(code, killedBy, stderr);
  // The format has no closing mark: only reading all of it finds a dump that was cut off.
  const read = await runProgram('pg_restore', ['--file=-', file], { signal, take: nothingOf });
  if (read.code !== 0) throw new BackupFailure('DUMP_FAILED', 'the output of pg_dump cannot be read to its end');
}

function dumpFailure(code: number | null, killedBy: string | null, stderr: string): BackupFailure {
  const object =
    /permission denied for (?:\w+ )?([\w.]+)/i.exec(stderr)?.[1] ??
    /Query was: (?:LOCK TABLE|COPY) (?:ONLY )?([\w."]+)/.exec(stderr)?.[1] ??
    /table "([^"]+)"/.exec(stderr)?.[1];
  const rights = /permission denied|row-level security/i.test(stderr) ? ' (missing privileges)' : '';
  const ended = killedBy === null ? `ended with code ${code}` : `was ended by ${killedBy}`;
  return new BackupFailure('DUMP_FAILED', `pg_dump ${ended}${object === undefined ? '' : ` at ${object}`}${rights}`);
}

/** The custom format holds statements and no psql commands. Subscriptions are left out, since they would start to fetch. */
export async function loadDump(login: Login, file: string, options: LoadOptions): Promise<void> {
  const args = [
    '--verbose',
    '--exit-on-error',
    '--single-transaction',
    '--no-owner',
    '--no-acl',
    '--no-tablespaces',
    '--no-subscriptions',
  ];
  const { code, killedBy, stderr } = await run(
    login,
    'pg_restore',
    [...args, `--dbname=${conninfo(login.database)}`, file],
    options,
    {
      take: nothingOf,
    },
  ).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new BackupFailure('MISSING_LIBRARY', `pg_restore cannot be run here: apt-get install ${PACKAGE}`, error);
  });
  if (code === 0) return options.progress(Number.MAX_SAFE_INTEGER);
  if (killedBy !== null) throw new BackupFailure('RESTORE_FAILED', `pg_restore was ended by ${killedBy}`);
  // The last line such as `creating FUNCTION "public.three()"` or `processing data for table "public.goods"` says where it stopped.
  const lines = [...stderr.matchAll(/^pg_restore: (?:creating ([A-Z ]+)|processing data for (table)) "(.{1,300})"$/gm)];
  const [, kind, table, what] = lines.at(-1) ?? [];
  const object = kind === undefined ? `the rows of the ${table}` : `the ${kind.toLowerCase()}`;
  const rights = /permission denied|must be (?:superuser|owner|able|a member)/i.test(stderr);
  throw restoreFailed(
    what === undefined ? 'a statement of the dump' : `${object} ${what}`,
    rights ? '42501' : null,
    rights,
  );
}

/** A name that looks like a connection string would be taken for one. */
const conninfo = (database: string): string => `dbname='${database.replace(/[\\']/g, '\\$&')}'`;
