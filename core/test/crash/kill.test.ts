// Real processes, real SIGKILL: what was acknowledged is never lost, and only one attempt of a job runs and settles.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { seeded } from '../../../test/server/seeded.ts';
import { storm } from './storm.ts';

function databaseOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-crash-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'jobs.db')}`;
}

const site = { workers: 2, producers: 1, pace: 6 };

test('50 kills of workers and producers lose no acknowledged job, run none twice at once and settle each once', async () => {
  const kills = { worker: 40, producer: 10 };
  const found = await storm({
    ...site,
    database: databaseOfTest(),
    jobs: 2_000,
    kills,
    control: false,
    chance: seeded(1),
  });
  console.log(JSON.stringify(found));
  expect(found).toMatchObject({ acknowledged: 2_000, lost: 0, overlapping: 0, settledTwice: 0 });
  expect(found).toMatchObject({ failed: 0, miscounted: 0, integrity: 'ok' });
  expect(found.kills.worker).toBe(40);
  expect(found.repeated, 'the kills must have hit running jobs').toBeGreaterThan(0);
}, 600_000);

test('the same run without the token check and with a lease of 0.3 s is seen to fail', async () => {
  const kills = { worker: 8, producer: 2 };
  const found = await storm({
    ...site,
    pace: 100,
    database: databaseOfTest(),
    jobs: 120,
    kills,
    control: true,
    chance: seeded(2),
  });
  console.log(JSON.stringify(found));
  expect(found.overlapping + found.settledTwice + found.lost).toBeGreaterThan(0);
}, 600_000);
