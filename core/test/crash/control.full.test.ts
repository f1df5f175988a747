// Whether a storm finds what it looks for: without the token check and with a lease of 0.3 s it has to fail.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { seeded } from '../../../test/server/seeded.ts';
import { storm } from './storm.ts';

test('without the token check and with a lease of 0.3 s a storm fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-control-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const found = await storm({
    database: `sqlite:${join(folder, 'jobs.db')}`,
    jobs: 120,
    workers: 2,
    producers: 1,
    pace: 100,
    kills: { worker: 3, producer: 1 },
    control: true,
    chance: seeded(2),
  });
  expect(found.overlapping + found.settledTwice + found.lost).toBeGreaterThan(0);
}, 600_000);
