// Real processes, real SIGKILL, and batches of jobs that wait for each other: each callback is added once, nothing runs early, nothing is left
// blocked. `JOBS_TEST_FULL=1` makes it far longer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { serverOfTest } from '../../../test/server/rig.ts';
import { linkStorm } from './links-storm.ts';

const full = process.env.JOBS_TEST_FULL === '1';
const size = full ? { batches: 1_200, kills: 60, every: 500 } : { batches: 60, kills: 4, every: 500 };
const title = `${size.kills} kills among ${size.batches} batches of jobs that wait for each other`;
const NOTHING = { callbacks: 0, miscounted: 0, outOfOrder: 0, left: 0, failed: 0 };

function sqlite(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-links-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'jobs.db')}`;
}

test(`${title}, on SQLite`, { timeout: 900_000 }, async () => {
  const found = await linkStorm({ ...size, database: sqlite() });
  console.log(JSON.stringify(found));
  expect(found).toMatchObject(NOTHING);
});

test(`${title}, on MariaDB`, { timeout: 900_000 }, async (context) => {
  skipWhere(findServer() === undefined, NO_SERVER, context);
  const server = await serverOfTest();
  const found = await linkStorm({ ...size, database: server.url });
  console.log(JSON.stringify(found));
  expect(found).toMatchObject(NOTHING);
});

test('the same jobs without their links run too early', { timeout: 900_000 }, async () => {
  const found = await linkStorm({ batches: 60, kills: 0, every: 0, database: sqlite(), control: true });
  expect(found.outOfOrder).toBeGreaterThan(0);
});
