// The dump by mariadb-dump or mysqldump. The login goes in a file that only its owner may read, never on the command line.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { BackupFailure } from './failure.ts';
import type { Login } from './server-url.ts';

const PROGRAMS = ['mariadb-dump', 'mysqldump'];

/** Options with `loose` are those that one of the two programs does not know. */
const OPTIONS = [
  '--single-transaction',
  '--quick',
  '--hex-blob',
  '--triggers',
  '--no-tablespaces',
  '--skip-add-locks',
  '--skip-lock-tables',
  '--skip-disable-keys',
  '--skip-comments',
  '--skip-dump-date',
  '--default-character-set=utf8mb4',
  '--max-allowed-packet=1G',
  '--net-buffer-length=256K',
  '--loose-set-gtid-purged=OFF',
  '--loose-column-statistics=0',
];
const PROGRAMS_OF_THE_DATABASE = ['--routines', '--events'];

export interface DumpProgram {
  name: string;
  version: string;
}

/** The first of the programs that can be run, or undefined. */
export async function findDumpProgram(signal: AbortSignal): Promise<DumpProgram | undefined> {
  for (const name of PROGRAMS) {
    const version = await output(name, ['--version'], signal);
    if (version !== undefined) return { name, version: version.trim().slice(0, 200) };
  }
  return undefined;
}

async function output(program: string, args: string[], signal: AbortSignal): Promise<string | undefined> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], signal });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code === 0 ? text : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** A value in an option file: within quotes only backslash, quote and line breaks need an escape. */
const quoted = (value: string): string =>
  `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`;

function optionFile(login: Login, { host, port }: Login['hosts'][number]): string {
  const lines = ['[client]', `user=${quoted(login.user)}`, `password=${quoted(login.password)}`];
  lines.push(`host=${quoted(host)}`, `port=${port}`, 'protocol=tcp');
  if (login.tls === 'off') lines.push('loose-skip-ssl', 'loose-ssl-mode=PREFERRED');
  else {
    lines.push('loose-ssl', `loose-ssl-mode=${login.tls === 'verify' ? 'VERIFY_IDENTITY' : 'REQUIRED'}`);
    lines.push(login.tls === 'verify' ? 'loose-ssl-verify-server-cert' : 'loose-skip-ssl-verify-server-cert');
    if (login.tlsCa !== null) lines.push(`ssl-ca=${quoted(login.tlsCa)}`);
  }
  return `${lines.join('\n')}\n`;
}

export interface ProgramDump {
  login: Login;
  place: Login['hosts'][number];
  database: string;
  program: DumpProgram;
  /** Of this run; the file with the login lies here for as long as the program runs. */
  folder: string;
  signal: AbortSignal;
  /** False: without routines and events, where the login may not read them. */
  withRoutines: boolean;
}

/**
 * Hands the program's output to `take`, and resolves with what `take` answered when both have ended well. Rejects with `DUMP_FAILED`;
 * `message` then holds the program's own number of the error and nothing of its words.
 */
export async function dumpByProgram<T>(dump: ProgramDump, take: (sql: Readable) => Promise<T>): Promise<T> {
  const { login, place, database, program, folder, signal, withRoutines } = dump;
  const file = join(folder, 'login.cnf');
  await writeFile(file, optionFile(login, place), { mode: 0o600, flag: 'wx' });
  try {
    const more = withRoutines ? PROGRAMS_OF_THE_DATABASE : [];
    const child = spawn(program.name, [`--defaults-extra-file=${file}`, ...OPTIONS, ...more, '--', database], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    const ended = endOf(child);
    const taken = take(child.stdout);
    taken.catch(() => child.kill('SIGKILL'));
    const [answer, end] = await Promise.allSettled([taken, ended]);
    signal.throwIfAborted();
    // A reader that failed has killed the program: its reason comes first.
    if (answer.status === 'rejected') throw answer.reason;
    if (end.status === 'rejected') throw end.reason;
    return answer.value;
  } finally {
    await rm(file, { force: true });
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(-4_000);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return;
  const number = /\b(?:error:?|errno:?) ?\(?(\d{4})\)?/i.exec(said)?.[1] ?? /\((\d{4})\)/.exec(said)?.[1];
  const rights = /insufficient privileges|access denied/i.test(said) ? ', for want of rights' : '';
  throw new BackupFailure(
    'DUMP_FAILED',
    `the dump program ended with code ${code}${rights}${number ? ` (error ${number})` : ''}`,
  );
}
