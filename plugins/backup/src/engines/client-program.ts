// Runs the database servers' own client programs: mariadb-dump, mariadb, pg_dump, pg_restore, psql.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Where a client program works. */
export interface Where {
  /** The working folder, which holds files with logins while a program needs them. */
  folder: string;
  signal: AbortSignal;
}

export interface Program {
  name: string;
  /** What it prints for `--version`. */
  version: string;
}

export interface Ended<T> {
  answer: T;
  /** Null when a signal ended it. */
  code: number | null;
  killedBy: string | null;
  /** The end of its standard error, for our own parsing: it may hold data, so it is never shown. */
  stderr: string;
}

export interface RunOptions<T> {
  signal: AbortSignal;
  env?: Environment;
  input?: Iterable<Buffer> | AsyncIterable<Buffer>;
  /** Reads standard output to its end. */
  take(output: Readable): Promise<T>;
}

/** Undefined: the variable is removed. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process, with English messages, because we parse them. */
export const environmentWith = (more: Environment): Environment => ({
  // biome-ignore lint/style/noProcessEnv: a child process finds its programs and libraries by it
  ...process.env,
  LC_ALL: 'C',
  ...more,
});

const KEPT = 100_000;

/** Resolves once the program has ended and its output was read to the end. Rejects with the signal's reason or with what `take` rejects. */
export async function runProgram<T>(name: string, args: readonly string[], options: RunOptions<T>): Promise<Ended<T>> {
  const { signal, env = {}, input, take } = options;
  signal.throwIfAborted();
  const child = spawn(name, args, {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: environmentWith(env),
    signal,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-KEPT);
  });
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  const taken = take(child.stdout as Readable);
  taken.catch(() => child.kill('SIGKILL'));
  // If a program ends before it has read all its input, its exit code says why.
  const fed = child.stdin && input ? pipeline(input, child.stdin).catch((error) => error) : undefined;
  const [answer, end] = await Promise.allSettled([taken, closed]);
  const failure: unknown = await fed;
  signal.throwIfAborted();
  if (answer.status === 'rejected') throw answer.reason;
  if (end.status === 'rejected') throw end.reason;
  const [code, killedBy] = end.value;
  if (failure !== undefined && code === 0) throw failure;
  return { answer: answer.value, code, killedBy, stderr };
}

const textOf = async (output: Readable): Promise<string> => {
  let text = '';
  for await (const chunk of output.setEncoding('utf8')) text += chunk;
  return text;
};

export const nothingOf = async (output: Readable): Promise<void> => {
  for await (const _ of output);
};

/** Those of the programs that can be run. */
export async function findPrograms(names: readonly string[], signal: AbortSignal): Promise<Program[]> {
  const found: Program[] = [];
  for (const name of names) {
    const ended = await runProgram(name, ['--version'], { signal, take: textOf }).catch(() => null);
    signal.throwIfAborted();
    if (ended?.code === 0) found.push({ name, version: ended.answer.trim().slice(0, 200) });
  }
  return found;
}

/** Writes a file that only this user can read, and removes it afterwards: logins never appear in arguments or the environment. */
export async function withSecretFile<T>(
  folder: string,
  content: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(folder, `login-${randomBytes(6).toString('hex')}`);
  await writeFile(path, content, { mode: 0o600, flag: 'wx' });
  try {
    return await work(path);
  } finally {
    await rm(path, { force: true });
  }
}
