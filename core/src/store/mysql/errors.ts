// Classifies errors of MySQL and MariaDB by their meaning for us. By number: mysql2's names are wrong for MariaDB's own.
import { JobsError, type StorageReason } from '@phraseworks/sdk';

/**
 * `again`: other transactions conflicted; this one was rolled back and can be run again. `lost`: the connection was lost.
 * `away`: this server cannot work now. `setup`: only a person can fix it. `duplicate`: the row already exists. `other`: our own mistake.
 */
export type Kind = 'again' | 'lost' | 'away' | 'setup' | 'duplicate' | 'other';

/** Numbers: https://mariadb.com/docs/server/reference/error-codes and https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const NUMBERS: Readonly<Record<number, readonly [Kind, string]>> = {
  1213: ['again', 'other transactions conflicted each time (a deadlock)'],
  1205: ['again', 'other transactions held their locks for too long'],
  1020: ['again', 'other transactions changed the same rows each time'],
  1053: ['lost', 'the server is shutting down'],
  1927: ['lost', 'the connection was ended by the server'],
  1180: ['lost', 'the commit ended with an error'],
  2006: ['lost', 'the connection was lost'],
  2013: ['lost', 'the connection was lost'],
  4031: ['lost', 'the connection was ended because it was idle'],
  1047: ['lost', 'this node of the cluster is not ready'],
  1317: ['lost', 'the statement was interrupted'],
  1158: ['lost', 'the connection was lost'],
  1159: ['lost', 'the connection was lost'],
  1160: ['lost', 'the connection was lost'],
  1161: ['lost', 'the connection was lost'],
  1969: ['away', 'a statement exceeded the time limit of the server (max_statement_time)'],
  3024: ['away', 'a statement exceeded the time limit of the server (max_execution_time)'],
  3032: ['away', 'the server is in offline mode'],
  1129: ['away', 'the server has blocked this machine after failed connections: run FLUSH HOSTS'],
  1037: ['away', 'the server is out of memory'],
  1041: ['away', 'the server is out of memory'],
  1040: ['away', 'the server has too many connections'],
  1203: ['away', 'the user has too many connections'],
  1226: ['away', 'the user has used up its resources on the server'],
  1290: ['away', 'the server is read-only'],
  1792: ['away', 'the server is read-only'],
  1836: ['away', 'the server is read-only'],
  1114: ['away', 'a table of the database is full: is the disk full?'],
  1021: ['away', 'the disk of the server is full'],
  1044: ['setup', 'the user may not use this database'],
  1045: ['setup', 'the user or the password is wrong'],
  1698: ['setup', 'the user or the password is wrong'],
  1049: ['setup', 'the database does not exist: create it with CREATE DATABASE ... CHARACTER SET utf8mb4'],
  1142: [
    'setup',
    'the user lacks a privilege on the tables: it needs SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP',
  ],
  1143: ['setup', 'the user lacks a privilege on columns of the tables'],
  1227: ['setup', 'the user lacks a privilege on the server'],
  1130: ['setup', 'the server does not allow connections from this machine'],
  1820: ['setup', 'the password of the user has expired'],
  1862: ['setup', 'the password of the user has expired'],
  3118: ['setup', 'the account of the user is locked'],
  4151: ['setup', 'the account of the user is locked'],
  1251: ['setup', 'the server requires an unsupported authentication method'],
  1153: ['other', 'a statement was larger than max_allowed_packet of the server'],
  1062: ['duplicate', ''],
  1586: ['duplicate', ''],
};

const CODES: Readonly<Record<string, readonly [Kind, string]>> = {
  ECONNREFUSED: ['away', 'nothing answers at its address'],
  ENOTFOUND: ['away', 'its host name is unknown'],
  EAI_AGAIN: ['away', 'its host name cannot be resolved now'],
  EHOSTUNREACH: ['away', 'its host cannot be reached'],
  ENETUNREACH: ['away', 'its network cannot be reached'],
  ETIMEDOUT: ['lost', 'it did not answer in time'],
  ECONNRESET: ['lost', 'the connection was lost'],
  EPIPE: ['lost', 'the connection was lost'],
  PROTOCOL_CONNECTION_LOST: ['lost', 'the connection was lost'],
  PROTOCOL_SEQUENCE_TIMEOUT: ['lost', 'it did not answer in time'],
  PWJ_TIMEOUT: ['lost', 'it did not answer in time'],
  PWJ_NO_CONNECTION: ['away', 'all connections are in use'],
  HANDSHAKE_NO_SSL_SUPPORT: [
    'setup',
    'the server does not offer TLS: remove tls from the URL, or enable it on the server',
  ],
  HANDSHAKE_SSL_ERROR: ['away', 'the TLS handshake failed'],
};

interface Found {
  errno?: unknown;
  code?: unknown;
  fatal?: unknown;
  message?: unknown;
}

/** TLS errors about a certificate; only a different certificate helps. */
const CERTIFICATE = /certificate|altnames/i;
const UNKNOWN_CERTIFICATE: readonly [Kind, string] = [
  'setup',
  'the certificate of the server is untrusted, expired or for a different name: see tls and tls-ca',
];

function lookUp(error: unknown): readonly [Kind, string] | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { errno, code, message, fatal } = error as Found;
  if (typeof errno === 'number' && Object.hasOwn(NUMBERS, errno)) return NUMBERS[errno];
  if (code === 'HANDSHAKE_SSL_ERROR' && typeof message === 'string' && CERTIFICATE.test(message))
    return UNKNOWN_CERTIFICATE;
  if (typeof code === 'string' && Object.hasOwn(CODES, code)) return CODES[code];
  if (typeof message === 'string' && /closed state|Connection lost|connection was killed/i.test(message))
    return CODES.PROTOCOL_CONNECTION_LOST;
  if (fatal === true) return ['lost', 'the connection was lost'];
  return undefined;
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
  if (kind === 'setup')
    return new JobsError('INVALID_CONFIG', `The database cannot be used: ${words}. Setting: database`, {
      cause: error,
    });
  if (kind === 'other' && words === '') return error;
  if (kind === 'duplicate') return error;
  return new JobsError('UNAVAILABLE', `The database is not available: ${words}.`, { retryAfter: 5, cause: error });
}
