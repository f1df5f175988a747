// Copies and checks SQLite files in a separate process, so that this one stays responsive. Not in a thread: if one ends while
// better-sqlite3 has statements open, Node 24 aborts the whole process.
import { fork } from 'node:child_process';
import { systemCode } from '@phraseworks/sdk';
import { BackupFailure, codeOf, writeFailure } from '../../failure.ts';
import type { TableFacts } from '../../manifest.ts';

export interface Snapshot {
  version: string;
  tables: TableFacts[];
  /** Tables of a module that is not loaded: copied, but not compared. */
  virtual: string[];
}

export interface Inspection {
  /** What `integrity_check` found; empty if all is well. */
  problems: string[];
  tables: TableFacts[];
}

interface WorkOptions {
  signal: AbortSignal;
  /** 0 to 1. */
  progress?: (done: number) => void;
}

interface Message {
  progress?: { done?: number };
  result?: unknown;
  error?: { code?: string; message: string };
}

const FILE = new URL('../../../worker/sqlite.mjs', import.meta.url);

/** On abort it rejects with the signal's reason, once the process has ended and no longer writes. */
function work<T>(task: object, { signal, progress }: WorkOptions): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const child = fork(FILE, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    let last: Message = {};
    const stop = () => child.kill('SIGKILL');
    const end = (code: number | null, killedBy: string | null) => {
      signal.removeEventListener('abort', stop);
      const { result, error } = last;
      if (signal.aborted) reject(signal.reason);
      else if (error) reject(Object.assign(new Error(error.message), { code: error.code }));
      else if (result !== undefined) resolve(result as T);
      else reject(new Error(`The process that reads SQLite files ended before it was done (${killedBy ?? code}).`));
    };
    signal.addEventListener('abort', stop, { once: true });
    child.on('message', (message: Message) => {
      last = message;
      if (message.progress?.done !== undefined) progress?.(message.progress.done);
    });
    child.on('error', (error) => {
      last = { error };
      if (child.pid === undefined) end(null, null);
    });
    child.on('close', end);
    child.send(task, () => {});
  });
}

const MISSING =
  'backing up and restoring SQLite databases needs the package better-sqlite3: npm install better-sqlite3';

function sqliteFailure(error: unknown, what: string): unknown {
  const code = codeOf(error) ?? '';
  const failure = writeFailure(error);
  if (failure instanceof BackupFailure) return failure;
  if (code === 'ERR_MODULE_NOT_FOUND') return new BackupFailure('MISSING_LIBRARY', MISSING, error);
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return new BackupFailure('DATABASE_DAMAGED', `${what} is damaged${systemCode(error)}`, error);
  if (code.startsWith('SQLITE_'))
    return new BackupFailure('SOURCE_UNREADABLE', `${what} cannot be read${systemCode(error)}`, error);
  return error;
}

/** A copy of a live database at one moment, with what the source held at that moment. `copy` must not exist. */
export async function copySqlite(source: string, copy: string, what: string, options: WorkOptions): Promise<Snapshot> {
  try {
    return await work<Snapshot>({ task: 'snapshot', source, copy }, options);
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw sqliteFailure(error, what);
  }
}

export async function inspectSqlite(file: string, options: WorkOptions): Promise<Inspection> {
  try {
    return await work<Inspection>({ task: 'inspect', file }, options);
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw sqliteFailure(error, 'the restored database');
  }
}
