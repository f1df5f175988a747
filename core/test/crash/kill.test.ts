// Real processes, real SIGKILL: no acknowledged job is lost, and only one attempt of a job runs and settles.
// `JOBS_TEST_FULL=1` kills four times as often.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { seeded } from '../../../test/server/seeded.ts';
import { type Storm, storm } from './storm.ts';

function databaseOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-crash-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'jobs.db')}`;
}

const full = process.env.JOBS_TEST_FULL === '1';
const size = full
  ? { jobs: 2_000, kills: { worker: 40, producer: 10 }, pace: 6 }
  : { jobs: 1_000, kills: { worker: 10, producer: 2 }, pace: 12 };

async function stormOnFile(plan: Pick<Storm, 'jobs' | 'kills' | 'pace'>, control: boolean, seed: number) {
  const database = databaseOfTest();
  const found = await storm({ ...plan, database, workers: 2, producers: 1, control, chance: seeded(seed) });
  console.log(JSON.stringify(found));
  return found;
}

test(`${size.kills.worker} kills of workers and ${size.kills.producer} of producers lose no acknowledged job, run none twice at once and settle each once`, async () => {
  const found = await stormOnFile(size, false, 1);
  expect(found).toMatchObject({ acknowledged: size.jobs, lost: 0, overlapping: 0, settledTwice: 0 });
  // No innocent job ends as poison.
  expect(found).toMatchObject({ ended: [], failed: 0, miscounted: 0, integrity: 'ok' });
  expect(found.kills.worker).toBe(size.kills.worker);
  expect(found.kills.producer).toBeGreaterThan(0);
  expect(found.repeated, 'the kills must have hit running jobs').toBeGreaterThan(0);
}, 600_000);

test('without the token check and with a lease of 0.3 s the same storm fails', async () => {
  const found = await stormOnFile({ jobs: 120, kills: { worker: 3, producer: 1 }, pace: 100 }, true, 2);
  expect(found.overlapping + found.settledTwice + found.lost).toBeGreaterThan(0);
}, 600_000);
