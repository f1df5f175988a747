// Before each file of the project `mariadb`: without a server none of its tests runs, and each says why.
import { beforeEach } from 'vitest';

const { JOBS_TEST_NO_SERVER: reason } = process.env;
if (reason) beforeEach(({ skip }) => skip(reason));
