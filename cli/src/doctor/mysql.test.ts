// What `doctor` says about the settings and grants of a server.
import { expect, test } from 'vitest';
import { hasAllPrivileges, settingsChecks } from './mysql.ts';

const GOOD = {
  innodb_flush_log_at_trx_commit: '1',
  transaction_isolation: 'READ-COMMITTED',
  sql_mode: 'STRICT_ALL_TABLES',
  max_allowed_packet: '16777216',
  max_connections: '151',
};
const states = (settings: Record<string, string>) =>
  Object.fromEntries(settingsChecks(new Map(Object.entries(settings))).map(({ check, state }) => [check, state]));
const FINE = { durability: 'ok', isolation: 'ok', sql_mode: 'ok', max_allowed_packet: 'ok' };

test('a good server passes, also with the older name of the isolation level', () => {
  expect(states(GOOD)).toEqual(FINE);
  const { transaction_isolation: _, ...older } = GOOD;
  expect(states({ ...older, tx_isolation: 'READ-COMMITTED' })).toEqual(FINE);
});

test('a binary log that is off needs no sync', () => {
  expect(states({ ...GOOD, log_bin: 'OFF', sync_binlog: '0' })).toEqual(FINE);
});

test('the connections that a server must allow grow with the processes on it', () => {
  const settings = new Map(Object.entries({ ...GOOD, max_connections: '151' }));
  const found = (processes: number) =>
    settingsChecks(settings, processes).find(({ check }) => check === 'max_connections');
  expect(found(17)).toBeUndefined();
  expect(found(40)).toMatchObject({
    state: 'warn',
    says: 'the server allows 151 connections, but 40 processes may need 330',
    advice: expect.stringContaining('Set max_connections to 330'),
  });
});

test('each bad setting is reported on its own', () => {
  const bad = {
    innodb_flush_log_at_trx_commit: '2',
    transaction_isolation: 'REPEATABLE-READ',
    sql_mode: '',
    max_allowed_packet: '4194304',
    max_connections: '10',
    log_bin: 'ON',
    sync_binlog: '0',
    innodb_doublewrite: 'OFF',
    innodb_flush_method: 'nosync',
  };
  expect(states(bad)).toEqual({
    durability: 'warn',
    isolation: 'fail',
    sql_mode: 'fail',
    max_allowed_packet: 'warn',
    max_connections: 'warn',
    sync_binlog: 'warn',
    innodb_doublewrite: 'warn',
    innodb_flush_method: 'warn',
  });
});

test.each([
  ['GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION', true],
  ['GRANT SELECT, SUPER ON *.* TO `a`@`%`', true],
  ['GRANT USAGE ON *.* TO `site`@`%`', false],
  ['GRANT ALL PRIVILEGES ON `jobs`.* TO `site`@`%`', false],
])('%s: for the whole server is %s', (grant, all) => {
  expect(hasAllPrivileges(grant)).toBe(all);
});
