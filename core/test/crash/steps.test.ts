// Real processes, real SIGKILL, and jobs that sleep and wait for signals: each effect once, each accepted signal arrives, nothing is left.
// `JOBS_TEST_FULL=1` makes it far longer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { serverOfTest } from '../../../test/server/rig.ts';
import { stepsStorm } from './steps-storm.ts';

const full = process.env.JOBS_TEST_FULL === '1';
const size = full ? { jobs: 3_000, kills: 60, every: 500 } : { jobs: 150, kills: 6, every: 500 };
const title = `${size.kills} kills among ${size.jobs} jobs that sleep and wait`;
const NOTHING = { left: 0, missing: 0, repeated: 0, acceptedTwice: 0, wrong: 0, failed: 0 };

function sqlite(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-steps-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'jobs.db')}`;
}

test(`${title}, on SQLite`, { timeout: 900_000 }, async () => {
  const found = await stepsStorm({ ...size, database: sqlite() });
  console.log(JSON.stringify(found));
  expect(found).toMatchObject(NOTHING);
});

test(`${title}, on MariaDB`, { timeout: 900_000 }, async (context) => {
  skipWhere(findServer() === undefined, NO_SERVER, context);
  const server = await serverOfTest();
  const found = await stepsStorm({ ...size, database: server.url });
  console.log(JSON.stringify(found));
  expect(found).toMatchObject(NOTHING);
});

test('the same jobs without receipts fail', { timeout: 900_000 }, async () => {
  const found = await stepsStorm({ jobs: 50, kills: 0, every: 0, database: sqlite(), control: true });
  console.log(JSON.stringify(found));
  expect(found.repeated).toBeGreaterThan(0);
});
