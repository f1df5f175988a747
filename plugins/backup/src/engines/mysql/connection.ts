// Connections to a MySQL or MariaDB server, to query databases, logins and privileges.

import { readFile } from 'node:fs/promises';
import { systemCode } from '@phraseworks/sdk';
import type { Connection, ConnectionOptions, RowDataPacket } from 'mysql2/promise';
import { BackupFailure, codeOf } from '../../failure.ts';
import { type Login, placeOf } from '../server-url.ts';

export type Server = Connection;
type Place = Login['hosts'][number];

const CONNECT_TIMEOUT = 10_000;

async function optionsOf(
  login: Login,
  { host, port }: Place,
  database: string | undefined,
): Promise<ConnectionOptions> {
  const ca = login.tlsCa === null ? {} : { ca: await readFile(login.tlsCa) };
  return {
    host,
    port,
    user: login.user,
    password: login.password,
    ...(database === undefined ? {} : { database }),
    ...(login.tls === 'off' ? {} : { ssl: { rejectUnauthorized: login.tls === 'verify', ...ca } }),
    connectTimeout: CONNECT_TIMEOUT,
    charset: 'utf8mb4_general_ci',
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
  };
}

async function library(): Promise<typeof import('mysql2/promise')> {
  try {
    return await import('mysql2/promise');
  } catch (error) {
    const message = 'backing up and restoring MySQL and MariaDB databases needs the package mysql2: npm install mysql2';
    throw new BackupFailure('MISSING_LIBRARY', message, error);
  }
}

/** Connects to the first host that answers. `database: null`: without a database. Throws `SOURCE_UNREADABLE`. */
async function connect(
  login: Login,
  database: string | null = login.database,
): Promise<{ server: Server; place: Place }> {
  const { createConnection } = await library();
  let failure: unknown;
  for (const place of login.hosts) {
    try {
      const server = await createConnection(await optionsOf(login, place, database ?? undefined));
      // A connection that is lost between two statements must not end the process; the next statement reports it.
      server.on('error', () => {});
      return { server, place };
    } catch (error) {
      failure = error;
    }
  }
  throw new BackupFailure('SOURCE_UNREADABLE', `${placeOf(login)} cannot be reached${systemCode(failure)}`, failure);
}

/** Closes the connection at once when the signal fires, and rejects then: the library forgets the statement that is running. */
function endOnAbort(server: Server, signal: AbortSignal): { ended: Promise<never>; undo(): void } {
  let end = (): void => {};
  const ended = new Promise<never>((_resolve, reject) => {
    end = () => {
      server.destroy();
      reject(signal.reason);
    };
  });
  ended.catch(() => {});
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return { ended, undo: () => signal.removeEventListener('abort', end) };
}

/** Runs `work` on a connection that is always closed. After an abort it throws the reason, not the connection's error. */
export async function withServer<T>(
  login: Login,
  { database, signal }: { database?: string | null; signal: AbortSignal },
  work: (server: Server, place: Place) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const { server, place } = await connect(login, database === undefined ? login.database : database);
  const { ended, undo } = endOnAbort(server, signal);
  try {
    return await Promise.race([work(server, place), ended]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const isServerError = errnoOf(error) !== undefined || codeOf(error) === 'PROTOCOL_CONNECTION_LOST';
    if (!isServerError) throw error;
    throw new BackupFailure(
      'SOURCE_UNREADABLE',
      `${placeOf(login)} gave an unexpected answer (${serverCode(error)})`,
      error,
    );
  } finally {
    undo();
    server.destroy();
  }
}

export async function rows<T>(server: Server, sql: string, values: unknown[] = []): Promise<T[]> {
  const [found] = await server.query<RowDataPacket[]>(sql, values);
  return found as T[];
}

export const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** The server's own number of an error, such as 1227. */
export const errnoOf = (error: unknown): number | undefined => {
  const errno = (error as { errno?: unknown } | null)?.errno;
  return typeof errno === 'number' ? errno : undefined;
};

/** For messages: the code alone, since the text may contain data. */
export const serverCode = (error: unknown): string => codeOf(error) ?? String(errnoOf(error) ?? 'unknown');
