import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { databasePlace } from './database-place.ts';
import type { Dialect } from './dialect.ts';

const on = (name: Dialect['name'], location: string) => ({
  name,
  facts: () => ({ engine: '', version: '', durability: '', location }),
});

test('a file is told by its absolute path', () => {
  expect(databasePlace('sqlite:data/jobs.db', on('sqlite', 'data/jobs.db'))).toEqual({
    engine: 'sqlite',
    file: resolve('data/jobs.db'),
  });
});

test('a server is told by its URL as it was given', () => {
  const url = 'mysql://jobs:p%40ss@db:3306,db2:3307/jobs?tls=true';
  expect(databasePlace(url, on('mysql', 'mysql://db:3306,db2:3307/jobs'))).toEqual({ engine: 'mysql', url });
});

test('a database in memory has no place', () => {
  expect(databasePlace('sqlite::memory:', on('sqlite', ':memory:'))).toBeNull();
});

test('of the connections of a host a file is told, and a server is not', () => {
  const file = join(tmpdir(), 'cms.db');
  expect(databasePlace({}, on('sqlite', file))).toEqual({ engine: 'sqlite', file });
  expect(databasePlace({}, on('mysql', "the host's own connections"))).toBeNull();
});
