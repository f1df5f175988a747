// A power failure while jobs are added: a server with a write-through at each commit loses no acknowledged job.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { serverOfTest } from '../../../test/server/rig.ts';
import { pause, systemClock, systemRandom } from '../../src/kernel/clock.ts';
import { openDatabase } from '../../src/store/open.ts';
import { Children } from './children.ts';
import { LoopDisk, loopDiskMissing } from './loop-disk.ts';
import { acknowledgedIn, linesOf, readNotes } from './notes.ts';

const JOBS = 3_000;
const missing = findServer() === undefined ? NO_SERVER : loopDiskMissing();

beforeEach((context) => skipWhere(missing !== undefined, missing ?? '', context));

function disk(image?: string): LoopDisk {
  const mounted = new LoopDisk(image);
  onTestFinished(() => mounted.remove());
  return mounted;
}

async function losePower(flush: 0 | 1): Promise<{ acknowledged: number; lost: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-power-'));
  const ledger = join(folder, 'ledger');
  const children = new Children();
  onTestFinished(async () => {
    await children.killAll();
    rmSync(folder, { recursive: true, force: true });
  });
  const before = disk();
  const running = await serverOfTest({ data: join(before.path, 'data'), flush });
  const common = { control: false, slot: 0, jobs: 1_000_000, pace: 0, sweepInterval: 5_000 };
  const producer = await children.start({ role: 'producer', database: running.url, ledger, ...common });
  while (acknowledgedIn(ledger) < JOBS) await pause(systemClock, 50);
  producer.kill('SIGSTOP');
  await running.kill('SIGSTOP');
  const { acknowledged } = readNotes(linesOf(ledger), new Map());
  const image = before.copyImage();
  await children.killAll();
  await running.kill('SIGKILL');

  const again = await serverOfTest({ data: join(disk(image).path, 'data'), flush: 1 });
  const dialect = await openDatabase(again.url, systemClock, systemRandom);
  const rows = await dialect.reader.selectFrom('pwj_jobs').select('id').execute();
  await dialect.close();
  const stored = new Set(rows.map(({ id }) => id));
  return { acknowledged: acknowledged.size, lost: [...acknowledged].filter((id) => !stored.has(id)).length };
}

test('no acknowledged job is lost with a write-through at each commit', async () => {
  const found = await losePower(1);
  console.log(JSON.stringify(found));
  expect(found.acknowledged).toBeGreaterThanOrEqual(JOBS);
  expect(found.lost).toBe(0);
}, 300_000);

test('acknowledged jobs are lost without it', async () => {
  const found = await losePower(0);
  console.log(JSON.stringify(found));
  expect(found.lost).toBeGreaterThan(0);
}, 300_000);
