// Around each file of the project `mariadb`: without a server none of its tests runs, and each says why.
import { afterAll, beforeEach } from 'vitest';
import { dropTestDatabases } from '../../testing/src/test-database.ts';

const { JOBS_TEST_NO_SERVER: reason } = process.env;
if (reason) beforeEach(({ skip }) => skip(reason));
afterAll(dropTestDatabases);
