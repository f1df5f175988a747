// An unsuitable server: the start fails with one line that says what to do, without the password.
import type { Connection } from 'mysql2/promise';
import { beforeEach, expect, test, vi } from 'vitest';
import { freePorts } from '../../test/server/port.ts';
import { connectTo, serverOfFile } from '../../test/server/rig.ts';
import { startChild } from '../../test/support/child.ts';

vi.setConfig({ testTimeout: 60_000 });

const SECRET = 's3cr3t-0f-th3-s1t3';
const PREFIX = 'The database cannot be used:';
const RIGHTS =
  'the user lacks a privilege on the tables: it needs SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP';

const server = serverOfFile();
let root: Connection;
beforeEach(async () => {
  root = await connectTo(server().port);
});

/** A user with these rights on an empty database of the same name. */
async function userWith(name: string, rights: string): Promise<string> {
  await root.query(`create database ${name} character set utf8mb4`);
  await root.query(`create user ${name}@'127.0.0.1' identified by '${SECRET}'`);
  await root.query(`grant ${rights} on ${name}.* to ${name}@'127.0.0.1'`);
  return `mysql://${name}:${SECRET}@127.0.0.1:${server().port}/${name}`;
}

/** The output and the end of a site that starts there. */
async function start(database: string): Promise<{ code: unknown; out: string; err: string[] }> {
  const [port = 0] = await freePorts(1);
  const site = startChild('../../cli/test/site-child.ts', { database }, { PORT: String(port), LOG_LEVEL: 'debug' });
  const code = await site.over;
  const err = site
    .errors()
    .split('\n')
    .filter((line) => line !== '');
  const out = site.lines.filter((line) => !line.startsWith('up ')).join('\n');
  expect(`${out}\n${err.join('\n')}`).not.toContain(SECRET);
  return { code, out, err };
}

const ends = (err: string) => ({ code: 1, out: '', err: [err] });

test.each<[string, string, () => Promise<string>]>([
  [
    'a wrong password',
    `${PREFIX} the user or the password is wrong. Setting: database`,
    async () => (await userWith('wrong', 'all')).replace(SECRET, `${SECRET}x`),
  ],
  [
    'a missing database',
    `${PREFIX} the database does not exist: create it with CREATE DATABASE ... CHARACTER SET utf8mb4. Setting: database`,
    async () => server().urlOf('nowhere'),
  ],
  [
    'a database of another user',
    `${PREFIX} the user may not use this database. Setting: database`,
    async () => (await userWith('theirs', 'all')).replace(/theirs$/, 'jobs'),
  ],
  [
    'a user who may not create tables',
    `${PREFIX} ${RIGHTS}. Setting: database`,
    () => userWith('reader', 'select, insert, update, delete'),
  ],
])('%s fails the start in one line', async (_name, said, made) => {
  expect(await start(await made())).toEqual(ends(said));
});

test('a packet size too small for a job fails the start; a server that may lose commits is reported in the log', async () => {
  await root.query('set global max_allowed_packet = 1048576');
  const small = await start(server().url);
  await root.query('set global max_allowed_packet = 16777216');
  expect(small).toEqual(
    ends(
      'max_allowed_packet of the server is too small (1048576 bytes): set it to 16M, or at least 4194304. Setting: database',
    ),
  );
  await root.query('set global innodb_flush_log_at_trx_commit = 2');
  const [port = 0] = await freePorts(1);
  const site = startChild('../../cli/test/site-child.ts', { database: server().url }, { PORT: String(port) });
  await site.line('ready');
  await root.query('set global innodb_flush_log_at_trx_commit = 1');
  expect(site.errors().trim().split('\n')).toEqual([
    'warn  The server commits without waiting for its disk (innodb_flush_log_at_trx_commit is 2, not 1): acknowledged jobs can be lost in a power failure.',
  ]);
});
