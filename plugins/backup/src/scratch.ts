// A database of its own on the server, for a restore that proves a backup: made, used and dropped.
import { BackupFailure } from './failure.ts';
import { errnoOf, identifier, rows, type Server, serverCode, withServer } from './server.ts';
import type { Login } from './server-url.ts';

const LONGEST = 64;
const MARK = '_pwj_verify_';
const NO_RIGHT = new Set([1044, 1142, 1227]);

/** `<database>_pwj_verify_<id>`, at most 64 characters long. */
export const scratchName = (database: string, id: string): string => {
  const end = `${MARK}${id}`;
  return `${database.slice(0, LONGEST - end.length)}${end}`;
};

/** The server lets nothing be restored, or the login may not: the backup stays unproven, and is no worse for it. */
export class CannotVerify extends Error {
  override readonly name = 'CannotVerify';
}

export async function createDatabase(
  server: Server,
  name: string,
  charset?: string,
  collation?: string,
): Promise<void> {
  const word = (text: string | undefined) => (text && /^[a-z0-9_]{1,64}$/i.test(text) ? text : undefined);
  const set = word(charset) ? ` character set ${word(charset)}` : '';
  const collate = word(charset) && word(collation) ? ` collate ${word(collation)}` : '';
  await server.query(`create database ${identifier(name)}${set}${collate}`);
}

export interface Scratch {
  login: Login;
  name: string;
  charset?: string | undefined;
  collation?: string | undefined;
}

/** Runs `work` with a new database that is dropped whatever happens. Throws `CannotVerify` where none may be made. */
export async function withScratch<T>(
  server: Server,
  { login, name, charset, collation }: Scratch,
  work: () => Promise<T>,
): Promise<T> {
  try {
    await createDatabase(server, name, charset, collation);
  } catch (error) {
    if (NO_RIGHT.has(errnoOf(error) ?? 0)) {
      const right = 'grant all on `<database>\\_pwj\\_verify\\_%`.* to it';
      throw new CannotVerify(`the login may not make a database to restore into (error ${errnoOf(error)}): ${right}`);
    }
    const message = `the database to restore into cannot be made (${serverCode(error)})`;
    // Only a server that has said no has a number.
    if ((errnoOf(error) ?? 0) > 0) throw new CannotVerify(message);
    throw new BackupFailure('SOURCE_UNREADABLE', message, error);
  }
  try {
    return await work();
  } finally {
    await dropDatabase(login, name);
  }
}

/** On a connection of its own, since an abort has ended the others. What cannot be dropped now is dropped by the next backup. */
export async function dropDatabase(login: Login, name: string): Promise<void> {
  const { signal } = new AbortController();
  await withServer(login, { database: null, signal }, async (server) => {
    await server.query(`drop database if exists ${identifier(name)}`);
  }).catch(() => {});
}

/** Names of scratch databases with the id of their backup. */
export async function scratchDatabases(server: Server): Promise<{ name: string; id: string }[]> {
  const found = await rows<{ name: string }>(server, 'select schema_name as name from information_schema.schemata');
  return found.flatMap(({ name }) => {
    const id = /_pwj_verify_([0-9a-f]{10})$/.exec(name)?.[1];
    return id === undefined ? [] : [{ name, id }];
  });
}
