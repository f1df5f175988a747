// Valid mysql:// URLs, and the errors for invalid ones.
import { expect, test } from 'vitest';
import { isMysqlUrl, placeName, readMysqlUrl, urlsByHost } from './url.ts';

const PLAIN = { user: '', password: '', tls: 'off', tlsCa: null, connections: 8 };
const one = (host: string, port = 3_306) => [{ host, port }];

test.each([
  ['mysql://db/jobs', { ...PLAIN, hosts: one('db'), database: 'jobs' }],
  ['mariadb://db:3307/jobs', { ...PLAIN, hosts: one('db', 3_307), database: 'jobs' }],
  ['mysql://me:@db/jobs', { ...PLAIN, user: 'me', hosts: one('db'), database: 'jobs' }],
  [
    'mysql://m%40e:p%3Aw%2F%40%25@db/j%C3%B6bs',
    { ...PLAIN, user: 'm@e', password: 'p:w/@%', hosts: one('db'), database: 'jöbs' },
  ],
  ['mysql://[::1]:3307/jobs', { ...PLAIN, hosts: one('::1', 3_307), database: 'jobs' }],
  [
    'mysql://a,b:3307, [fe80::1]/jobs',
    { ...PLAIN, hosts: [...one('a'), ...one('b', 3_307), ...one('fe80::1')], database: 'jobs' },
  ],
  ['mysql://db/jobs?tls=unchecked', { ...PLAIN, hosts: one('db'), database: 'jobs', tls: 'unchecked' }],
  [
    'mysql://db/jobs?tls-ca=%2Fca.pem',
    { ...PLAIN, hosts: one('db'), database: 'jobs', tls: 'verify', tlsCa: '/ca.pem' },
  ],
  ['mysql://db/jobs?connections=100', { ...PLAIN, hosts: one('db'), database: 'jobs', connections: 100 }],
])('%s is parsed', (url, place) => {
  expect(readMysqlUrl(url)).toEqual(place);
});

const SHAPE = 'must have the form mysql://user:password@host:port/database';
const HOST = 'has an invalid host: use host:port';
const AT = 'has an @ in the password: write it as %40';
const CONNECTIONS = 'has an invalid connections option: use a whole number from 3 to 100';

test.each([
  ['mysql://', SHAPE],
  ['mysql://db/jobs/more', SHAPE],
  ['mysql://me:s3cr3t@/jobs', AT],
  ['mysql://me:s3c/r3t@db/jobs', SHAPE],
  ['mysql://me:s3c@r3t@db/jobs', AT],
  ['mysql://db:65536/jobs', HOST],
  ['mysql://db:port/jobs', HOST],
  ['mysql://[::1/jobs', HOST],
  ['mysql://me:s3cr3t%zz@db/jobs', 'has a % without two hex digits: write a % in the password as %25'],
  ['mysql://db/jobs?ssl=1', 'has an unknown option: use tls, tls-ca or connections'],
  ['mysql://db/jobs?tls=maybe', 'has an invalid tls option: use true, unchecked or false'],
  ['mysql://db/jobs?connections=101', CONNECTIONS],
  ['mysql://db/jobs?connections=', CONNECTIONS],
])('%s is refused, without repeating any of it', (url, message) => {
  let said = '';
  try {
    readMysqlUrl(url);
  } catch (error) {
    said = (error as Error).message;
    expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
  }
  expect(said).toBe(`Invalid configuration:\n  database ${message}`);
});

test('the location is shown without user and password', () => {
  expect(placeName(readMysqlUrl('mysql://me:s3cr3t@[::1],db:3307/jobs?tls=true'))).toBe(
    'mysql://[::1]:3306,db:3307/jobs',
  );
});

test('the location of an unusual name is a URL that can be parsed again', () => {
  const place = placeName(readMysqlUrl('mysql://me:s3cr3t@db/50%25%3F'));
  expect(place).toBe('mysql://db:3306/50%25%3F');
  expect(readMysqlUrl(place).database).toBe('50%?');
});

test('only URLs of MySQL and MariaDB are recognised', () => {
  expect(['mysql://x', 'mariadb://x', 'sqlite:mysql://x', 'postgres://x', 7].map(isMysqlUrl)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('a URL with several servers is split, whatever the password contains', () => {
  expect(urlsByHost('mysql://a:x,y@one:1,two/jobs?tls=true')).toEqual([
    { host: 'one:1', url: 'mysql://a:x,y@one:1/jobs?tls=true' },
    { host: 'two', url: 'mysql://a:x,y@two/jobs?tls=true' },
  ]);
});
