// Tells when the project `mariadb` was left out: without a server it has no tests that could say so.
import { expect, test } from 'vitest';
import { findServer, NO_SERVER } from './binaries.ts';
import { skipWhere } from './missing.ts';

test('the tests of the project mariadb have a server to run on', (context) => {
  const found = process.env.JOBS_TEST_MYSQL_URL ?? findServer()?.server;
  skipWhere(found === undefined, `the project mariadb did not run: ${NO_SERVER}`, context);
  expect(found).toBeTruthy();
});
