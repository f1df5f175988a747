// Runs a dump in a database, statement by statement; what does not belong in a dump is refused.
import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { BackupFailure } from './failure.ts';
import { errnoOf, type Server, serverCode } from './server.ts';
import { Statements } from './statements.ts';

const CHUNK = 262_144;
/** A definer that this login may not set. */
const NOT_ITS_DEFINER = new Set([1227, 1449, 1396]);
const DEFINER = /\bDEFINER\s*=\s*(?:`(?:[^`]|``)*`|'[^']*'|CURRENT_ROLE|\w+)(?:@(?:`(?:[^`]|``)*`|'[^']*'|[\w.%]+))?/gi;
const MAY_BEGIN =
  /^(?:SET|INSERT INTO|DROP (?:TABLE|VIEW|SEQUENCE) IF EXISTS|DROP (?:PROCEDURE|FUNCTION|EVENT|TRIGGER|PACKAGE(?: BODY)?) IF EXISTS|CREATE|ALTER (?:TABLE|DATABASE)|LOCK TABLES|UNLOCK TABLES|START TRANSACTION|COMMIT|DO SETVAL|SELECT SETVAL)\b/i;
const MAY_NOT_BEGIN =
  /^CREATE (?:OR REPLACE )?(?:DATABASE|SCHEMA|USER|ROLE|SERVER|TABLESPACE)\b|^SET\b.*(?:@@GLOBAL|@@PERSIST|\bGLOBAL\b|\bPERSIST\b|^SET PASSWORD)/i;
const INTO_ANOTHER =
  /^(?:INSERT INTO|CREATE (?:OR REPLACE )?TABLE(?: IF NOT EXISTS)?|DROP TABLE IF EXISTS|ALTER TABLE)\s+(?:`(?:[^`]|``)+`|\w+)\s*\./i;

/** The statement as it counts for the rules: what a version comment holds is run. */
const opened = (statement: string): string =>
  statement
    .slice(0, 4_000)
    // `enable the sandbox mode` is a word to a client, and none to a server.
    .replace(/\/\*M!999999[^*]*\*\//g, ' ')
    .replace(/\/\*M?!\d*\\?-?/g, ' ')
    .replaceAll('*/', ' ')
    .trim()
    .replace(/\s+/g, ' ');

/** Throws `ARCHIVE_DAMAGED` for what no dump of ours holds: a statement that reaches out of its database, makes users, and the like. */
export function checkStatement(statement: string): void {
  const text = opened(statement);
  if (text === '') return;
  if (MAY_BEGIN.test(text) && !MAY_NOT_BEGIN.test(text) && !INTO_ANOTHER.test(text)) return;
  throw new BackupFailure(
    'ARCHIVE_DAMAGED',
    'the dump in the archive holds a statement that no dump has: nothing more of it is run',
  );
}

export interface ReplayOptions {
  signal: AbortSignal;
  /** Bytes so far. */
  progress?: (bytes: number) => void;
  /** False: events are left out. In a copy they would run, and do what the real ones do. */
  withEvents: boolean;
}

const EVENT = /^CREATE (?:OR REPLACE )?(?:DEFINER ?= ?\S+ )?EVENT\b/i;

/** Answers how many definers were left out, since this login may not set them. Throws `RESTORE_FAILED` with the server's number of the error. */
export async function replay(
  server: Server,
  file: string,
  { signal, progress, withEvents }: ReplayOptions,
): Promise<number> {
  const statements = new Statements();
  const decoder = new StringDecoder('utf8');
  let bytes = 0;
  let changed = 0;
  const run = async (statement: string): Promise<void> => {
    signal.throwIfAborted();
    checkStatement(statement);
    if (!withEvents && EVENT.test(opened(statement))) return;
    try {
      await server.query(statement);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const bare = NOT_ITS_DEFINER.has(errnoOf(error) ?? 0) ? statement.replace(DEFINER, '') : statement;
      if (bare === statement) throw replayFailure(error);
      await server.query(bare).catch((again: unknown) => {
        throw replayFailure(again);
      });
      changed += 1;
    }
  };
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK, signal })) {
    for (const statement of statements.push(decoder.write(chunk as Buffer))) await run(statement);
    bytes += (chunk as Buffer).length;
    progress?.(bytes);
  }
  for (const statement of [...statements.push(decoder.end()), ...statements.end()]) await run(statement);
  return changed;
}

const replayFailure = (error: unknown): BackupFailure =>
  new BackupFailure('RESTORE_FAILED', `the server refused a statement of the dump (${serverCode(error)})`, error);
