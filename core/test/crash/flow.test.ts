// Real processes, real SIGKILL, and jobs with keys and limits: no limit is ever exceeded, each key runs as stated, and nothing is left waiting.
// `JOBS_TEST_FULL=1` makes it far longer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { serverOfTest } from '../../../test/server/rig.ts';
import { type FlowFindings, flowStorm } from './flow-storm.ts';

const full = process.env.JOBS_TEST_FULL === '1';
const size = full ? { jobs: 20_000, kills: 60, every: 500 } : { jobs: 800, kills: 4, every: 500 };
const title = `${size.kills} kills among ${size.jobs} jobs with keys and limits`;

function sqlite(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-flow-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'jobs.db')}`;
}

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((all, n) => all + n, 0);
const wrong = ({ tooMany, tooOften }: FlowFindings): number => sum(tooMany) + sum(tooOften);

const NOTHING = { lost: 0, unknown: 0, outOfOrder: 0, stale: 0, left: 0, failed: 0 };

test(`${title}, on SQLite`, { timeout: 900_000 }, async () => {
  const found = await flowStorm({ ...size, database: sqlite() });
  console.log(JSON.stringify(found));
  expect(found).toMatchObject(NOTHING);
  expect(wrong(found)).toBe(0);
});

test(`${title}, on MariaDB`, { timeout: 900_000 }, async (context) => {
  skipWhere(findServer() === undefined, NO_SERVER, context);
  const server = await serverOfTest();
  const found = await flowStorm({ ...size, database: server.url });
  console.log(JSON.stringify(found));
  expect(found).toMatchObject(NOTHING);
  expect(wrong(found)).toBe(0);
});

test('the same jobs without their keys and limits fail', { timeout: 900_000 }, async () => {
  const found = await flowStorm({ jobs: 2_000, kills: 0, every: 0, database: sqlite(), control: true });
  console.log(JSON.stringify(found));
  expect(sum(found.tooMany)).toBeGreaterThan(0);
  expect(sum(found.tooOften)).toBeGreaterThan(0);
});
