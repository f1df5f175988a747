// The meaning of errors of the server, and the messages for them.
import { JobsError } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { inOurWords, type Kind, kindOf } from './errors.ts';

const numbered = (errno: number) => Object.assign(new Error("Access denied for user 'me'@'x'"), { errno });
const coded = (code: string, message = '') => Object.assign(new Error(message), { code });

test.each<[Kind, number[]]>([
  ['again', [1213, 1205, 1020]],
  ['lost', [1053, 1927, 1180, 2006, 2013, 4031, 1047, 1317, 1158, 1159, 1160, 1161]],
  ['away', [1040, 1203, 1226, 1290, 1792, 1836, 1114, 1021, 1129, 3032, 1969, 3024, 1037, 1041]],
  ['setup', [1044, 1045, 1698, 1049, 1142, 1143, 1227, 1130, 1820, 1862, 3118, 4151, 1251]],
  ['duplicate', [1062, 1586]],
  ['other', [1064, 1054, 1146, 1153, 1406, 4025, 3140]],
])('%s: %j', (kind, errnos) => {
  expect(errnos.map((errno) => kindOf(numbered(errno)))).toEqual(errnos.map(() => kind));
});

test.each<[Kind, string[]]>([
  [
    'lost',
    ['ETIMEDOUT', 'ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST', 'PROTOCOL_SEQUENCE_TIMEOUT', 'PWJ_TIMEOUT'],
  ],
  [
    'away',
    [
      'ECONNREFUSED',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'PWJ_NO_CONNECTION',
      'HANDSHAKE_SSL_ERROR',
    ],
  ],
  ['setup', ['HANDSHAKE_NO_SSL_SUPPORT']],
  ['other', ['ENOENT', 'ER_PARSE_ERROR', 'toString']],
])('%s: %j', (kind, codes) => {
  expect(codes.map((code) => kindOf(coded(code)))).toEqual(codes.map(() => kind));
});

test.each<[Kind, unknown]>([
  ['lost', new Error("Can't add new command when connection is in closed state")],
  ['lost', new Error('Connection lost: The server closed the connection.')],
  ['lost', Object.assign(new Error('something new'), { fatal: true })],
  ['setup', coded('HANDSHAKE_SSL_ERROR', 'self-signed certificate')],
  ['setup', coded('HANDSHAKE_SSL_ERROR', 'unable to verify the first certificate')],
  ['setup', coded('HANDSHAKE_SSL_ERROR', "Hostname/IP does not match certificate's altnames")],
  [
    'away',
    coded('HANDSHAKE_SSL_ERROR', 'Client network socket disconnected before secure TLS connection was established'),
  ],
  ['other', new Error('a mistake of ours')],
  ['other', undefined],
  ['other', 'text'],
])('%s: %o', (kind, error) => {
  expect(kindOf(error)).toBe(kind);
});

test.each([
  [1045, 'INVALID_CONFIG', 'The database cannot be used: the user or the password is wrong. Setting: database'],
  [1040, 'UNAVAILABLE', 'The database is not available: the server has too many connections.'],
  [1213, 'UNAVAILABLE', 'The database is not available: other transactions conflicted each time (a deadlock).'],
  [1153, 'UNAVAILABLE', 'The database is not available: a statement was larger than max_allowed_packet of the server.'],
])('%i is reported as %s, without the text of the server', (errno, code, message) => {
  const told = inOurWords(numbered(errno));
  expect(told).toBeInstanceOf(JobsError);
  expect(told).toMatchObject({ code, message });
});

test('errors that are not about the state of the server are left unchanged', () => {
  const errors = [
    numbered(1064),
    numbered(1062),
    new TypeError('ours'),
    new JobsError('QUEUE_FULL', 'full'),
    undefined,
  ];
  expect(errors.map(inOurWords)).toEqual(errors);
});
