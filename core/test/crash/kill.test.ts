// Real processes, real SIGKILL: no acknowledged job is lost, and only one attempt of a job runs and settles.
// `JOBS_TEST_FULL=1` kills four times as often.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { seeded } from '../../../test/server/seeded.ts';
import { storm } from './storm.ts';

const full = process.env.JOBS_TEST_FULL === '1';
const size = full
  ? { jobs: 2_000, kills: { worker: 40, producer: 10 }, pace: 6 }
  : { jobs: 1_000, kills: { worker: 10, producer: 2 }, pace: 12 };

test(`${size.kills.worker} kills of workers and ${size.kills.producer} of producers lose no acknowledged job, run none twice at once and settle each once`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-crash-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const database = `sqlite:${join(folder, 'jobs.db')}`;
  const found = await storm({ ...size, database, workers: 2, producers: 1, control: false, chance: seeded(1) });
  console.log(JSON.stringify(found));
  expect(found).toMatchObject({ acknowledged: size.jobs, lost: 0, overlapping: 0, settledTwice: 0 });
  // No innocent job ends as poison.
  expect(found).toMatchObject({ ended: [], failed: 0, miscounted: 0, integrity: 'ok' });
  expect(found.kills.worker).toBe(size.kills.worker);
  expect(found.kills.producer).toBeGreaterThan(0);
  expect(found.repeated, 'the kills must have hit running jobs').toBeGreaterThan(0);
}, 600_000);
