// Classifies errors of MySQL and MariaDB by their meaning for us. By number: mysql2's names are wrong for MariaDB's own.
import { JobsError, type StorageReason } from '@phraseworks/sdk';
import { unavailable, unusable } from '../dialect.ts';

/**
 * `again`: other transactions conflicted; this one was rolled back and can be run again. `lost`: the connection was lost.
 * `away`: this server cannot work now. `setup`: only a person can fix it. `duplicate`: the row already exists. `other`: our own mistake.
 */
export type Kind = 'again' | 'lost' | 'away' | 'setup' | 'duplicate' | 'other';

type Meaning = readonly [Kind, string];

/** What errors mean, and their numbers and codes: https://mariadb.com/docs/server/reference/error-codes and https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const MEANINGS: readonly (readonly [...Meaning, ...(number | string)[]])[] = [
  ['again', 'other transactions conflicted each time (a deadlock)', 1213],
  ['again', 'other transactions held their locks for too long', 1205],
  ['again', 'other transactions changed the same rows each time', 1020],
  ['lost', 'the server is shutting down', 1053],
  ['lost', 'the connection was ended by the server', 1927],
  ['lost', 'the commit ended with an error', 1180],
  [
    'lost',
    'the connection was lost',
    2006,
    2013,
    1158,
    1159,
    1160,
    1161,
    'ECONNRESET',
    'EPIPE',
    'PROTOCOL_CONNECTION_LOST',
  ],
  ['lost', 'the connection was ended because it was idle', 4031],
  ['lost', 'this node of the cluster is not ready', 1047],
  ['lost', 'the statement was interrupted', 1317],
  ['lost', 'it did not answer in time', 'ETIMEDOUT', 'PROTOCOL_SEQUENCE_TIMEOUT', 'PWJ_TIMEOUT'],
  ['away', 'a statement exceeded the time limit of the server (max_statement_time)', 1969],
  ['away', 'a statement exceeded the time limit of the server (max_execution_time)', 3024],
  ['away', 'the server is in offline mode', 3032],
  ['away', 'the server has blocked this machine after failed connections: run FLUSH HOSTS', 1129],
  ['away', 'the server is out of memory', 1037, 1041],
  ['away', 'the server has too many connections', 1040],
  ['away', 'the user has too many connections', 1203],
  ['away', 'the user has used up its resources on the server', 1226],
  ['away', 'the server is read-only', 1290, 1792, 1836],
  ['away', 'a table of the database is full: is the disk full?', 1114],
  ['away', 'the disk of the server is full', 1021],
  ['away', 'nothing answers at its address', 'ECONNREFUSED'],
  ['away', 'its host name is unknown', 'ENOTFOUND'],
  ['away', 'its host name cannot be resolved now', 'EAI_AGAIN'],
  ['away', 'its host cannot be reached', 'EHOSTUNREACH'],
  ['away', 'its network cannot be reached', 'ENETUNREACH'],
  ['away', 'all connections are in use', 'PWJ_NO_CONNECTION'],
  ['away', 'the TLS handshake failed', 'HANDSHAKE_SSL_ERROR'],
  [
    'setup',
    'the server does not offer TLS: remove tls from the URL, or enable it on the server',
    'HANDSHAKE_NO_SSL_SUPPORT',
  ],
  ['setup', 'the user may not use this database', 1044],
  ['setup', 'the user or the password is wrong', 1045, 1698],
  ['setup', 'the database does not exist: create it with CREATE DATABASE ... CHARACTER SET utf8mb4', 1049],
  [
    'setup',
    'the user lacks a privilege on the tables: it needs SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP',
    1142,
  ],
  ['setup', 'the user lacks a privilege on columns of the tables', 1143],
  ['setup', 'the user lacks a privilege on the server', 1227],
  ['setup', 'the server does not allow connections from this machine', 1130],
  ['setup', 'the password of the user has expired', 1820, 1862],
  ['setup', 'the account of the user is locked', 3118, 4151],
  ['setup', 'the server requires an unsupported authentication method', 1251],
  ['other', 'a statement was larger than max_allowed_packet of the server', 1153],
  ['duplicate', '', 1062, 1586],
];

const BY_CODE: ReadonlyMap<unknown, Meaning> = new Map(
  MEANINGS.flatMap(([kind, words, ...codes]) => codes.map((code) => [code, [kind, words]])),
);

interface Found {
  errno?: unknown;
  code?: unknown;
  fatal?: unknown;
  message?: unknown;
}

/** TLS errors about a certificate; only a different certificate helps. */
const CERTIFICATE = /certificate|altnames/i;
const UNKNOWN_CERTIFICATE: Meaning = [
  'setup',
  'the certificate of the server is untrusted, expired or for a different name: see tls and tls-ca',
];

function lookUp(error: unknown): Meaning | undefined {
  const { errno, code, message, fatal } = (error ?? {}) as Found;
  if (code === 'HANDSHAKE_SSL_ERROR' && CERTIFICATE.test(String(message))) return UNKNOWN_CERTIFICATE;
  const isLost = fatal === true || /closed state|Connection lost|connection was killed/i.test(String(message));
  return BY_CODE.get(errno) ?? BY_CODE.get(code) ?? (isLost ? BY_CODE.get('PROTOCOL_CONNECTION_LOST') : undefined);
}

/** Of the error that the database gave, also if it was put in our words. */
export const kindOf = (error: unknown): Kind =>
  lookUp(error instanceof JobsError ? error.cause : error)?.[0] ?? 'other';

/** `nowait` found a row that another transaction has locked: the number of MariaDB, and that of MySQL. */
export const isLocked = (error: unknown): boolean => [1205, 3572].includes(Number((error as Found | null)?.errno));

const DISK_FULL = new Set([1021, 1114]);
const READ_ONLY = new Set([1290, 1792, 1836]);

/** The reason why nothing can be stored, from an error of a write. */
export function reasonFor(error: unknown): StorageReason {
  const cause = (error as { cause?: unknown } | null)?.cause ?? error;
  const errno = Number((cause as Found | null)?.errno);
  if (DISK_FULL.has(errno)) return 'disk_full';
  if (READ_ONLY.has(errno)) return 'read_only';
  return kindOf(cause) === 'setup' ? 'refused' : 'no_answer';
}

/** The statement exceeded its time limit, or was ended because of it. */
export function isSlow(error: unknown): boolean {
  const { errno, code } = (error ?? {}) as Found;
  return code === 'PWJ_TIMEOUT' || errno === 1317;
}

/** `UNAVAILABLE` if the server cannot work now, `INVALID_CONFIG` if only a person can fix it; returns other errors unchanged. */
export function inOurWords(error: unknown): unknown {
  if (error instanceof JobsError) return error;
  const [kind, words] = lookUp(error) ?? ['other', ''];
  if (words === '') return error;
  if (kind === 'setup') return unusable(`The database cannot be used: ${words}. Setting: database`, error);
  return unavailable(words, error);
}
