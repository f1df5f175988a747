// Poison among innocent jobs, ten thousand of them with `JOBS_TEST_FULL=1`. Innocent ones in a storm of kills: `kill.test.ts` and `kill-mariadb.test.ts`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { serverOfTest } from '../../../test/server/rig.ts';
import { seeded } from '../../../test/server/seeded.ts';
import { storm } from './storm.ts';

const JOBS = process.env.JOBS_TEST_FULL === '1' ? 10_000 : 800;

async function databaseOf(engine: string): Promise<string> {
  if (engine === 'mariadb') return (await serverOfTest()).url;
  const folder = mkdtempSync(join(tmpdir(), 'pwj-poison-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'jobs.db')}`;
}

const ENGINES = ['sqlite', 'mariadb'];
const FOUND = 'three poison jobs are detected after at most six crashes each, and no other job fails';

test.for(ENGINES)(`on %s ${FOUND}`, { timeout: 900_000 }, async (engine, context) => {
  skipWhere(engine === 'mariadb' && findServer() === undefined, NO_SERVER, context);
  const first = JOBS / 2;
  const found = await storm({
    ...{ database: await databaseOf(engine), jobs: JOBS, workers: 4, producers: 2, pace: 0 },
    ...{ control: false, chance: seeded(5), kills: {}, poison: [first - 50, first - 51, first - 300] },
  });
  console.log(engine, JSON.stringify(found));
  expect(found).toMatchObject({ acknowledged: JOBS, lost: 0, overlapping: 0, settledTwice: 0, failed: 0 });
  expect(found).toMatchObject({ miscounted: 0, integrity: 'ok' });
  expect(found.ended).toMatchObject(Array(3).fill({ isPoison: true, reason: 'crashed' }));
  for (const { crashes } of found.ended) expect(crashes).toBeLessThanOrEqual(6);
});
