// Runs a dump, and stops it if its database becomes larger than any dump of this size makes one.
import { readableBytes } from '@phraseworks/sdk';
import { BackupFailure } from '../failure.ts';
import type { Limits, LoadOptions, ServerEngine } from './engine.ts';
import type { Login } from './server-url.ts';

/** A row of one small number takes thirty times as many bytes in a database with an index as in a dump. */
const TIMES = 64;
const FLOOR = 1_073_741_824;
const SECONDS = 120;

/** For a dump of this many bytes. */
export const limitsOf = (dumped: number): Limits => ({ bytes: TIMES * dumped + FLOOR, seconds: SECONDS });

export interface Loading extends LoadOptions {
  /** Creates the database, and may see more of the server than `login`. */
  owner: Login;
  limits: Limits;
}

/** Rejects as `engine.load` does, and with `RESTORE_FAILED` for a dump that grows without end. */
export async function loadWithin(
  engine: ServerEngine,
  login: Login,
  file: string,
  { owner, limits, ...options }: Loading,
): Promise<void> {
  const over = new AbortController();
  const done = new AbortController();
  const { folder } = options;
  const watch = { folder, signal: AbortSignal.any([options.signal, done.signal]) };
  const message = `the dump makes a database of more than ${readableBytes(limits.bytes)}, or one of its statements does not end`;
  const watching = engine.outgrows(login, owner, limits, watch).then(
    () => over.abort(new BackupFailure('RESTORE_FAILED', message)),
    // A dump may also end the session that watches it.
    (error: unknown) => watch.signal.aborted || over.abort(error),
  );
  try {
    await engine.load(login, file, { ...options, signal: AbortSignal.any([options.signal, over.signal]) });
  } catch (error) {
    await engine.endSessions(login, { folder, signal: new AbortController().signal }).catch(() => {});
    throw error;
  } finally {
    done.abort();
    await watching;
  }
}
