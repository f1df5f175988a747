// SQLite files, worked on in a thread of its own, so that no check and no copy holds up the process.
import { Worker } from 'node:worker_threads';
import { BackupFailure, codeOf, inBrackets, writeFailure } from './failure.ts';
import type { TableFacts } from './manifest.ts';

export interface Snapshot {
  version: string;
  tables: TableFacts[];
  /** Tables of a module that is not here: copied, not compared. */
  virtual: string[];
}

export interface Inspection {
  /** What `integrity_check` found; empty when all is well. */
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

const FILE = new URL('../worker/sqlite.mjs', import.meta.url);

/** Rejects with the signal's reason at once when it fires. */
function work<T>(task: object, { signal, progress }: WorkOptions): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const worker = new Worker(FILE, { workerData: task, execArgv: [] });
    const stop = () => end(() => reject(signal.reason));
    const end = (answer: () => void) => {
      signal.removeEventListener('abort', stop);
      void worker.terminate();
      answer();
    };
    signal.addEventListener('abort', stop, { once: true });
    worker.on('message', ({ progress: told, result, error }: Message) => {
      if (told) return void (told.done !== undefined && progress?.(told.done));
      end(() => (error ? reject(Object.assign(new Error(error.message), { code: error.code })) : resolve(result as T)));
    });
    worker.on('error', (error) => end(() => reject(error)));
    worker.on('exit', () => end(() => reject(new Error('the thread that works on SQLite files has ended'))));
  });
}

const MISSING = 'better-sqlite3 is not installed here: it is needed to back up and to restore SQLite databases';

function sqliteFailure(error: unknown, what: string): unknown {
  const code = codeOf(error) ?? '';
  const failure = writeFailure(error);
  if (failure instanceof BackupFailure) return failure;
  if (code === 'ERR_MODULE_NOT_FOUND') return new BackupFailure('MISSING_LIBRARY', MISSING, error);
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return new BackupFailure('DATABASE_DAMAGED', `${what} is damaged${inBrackets(error)}`, error);
  if (code.startsWith('SQLITE_'))
    return new BackupFailure('SOURCE_UNREADABLE', `${what} cannot be read${inBrackets(error)}`, error);
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
