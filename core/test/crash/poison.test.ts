// Innocent jobs in a storm of kills, and poison among innocent ones. `JOBS_TEST_FULL=1` runs both at full size.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { startServer } from '../../../test/server/mariadb.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { seeded } from '../../../test/server/seeded.ts';
import { type Storm, type StormFindings, storm } from './storm.ts';

const full = process.env.JOBS_TEST_FULL === '1';
const size = full ? { jobs: 10_000, kills: 60 } : { jobs: 800, kills: 8 };

async function databaseOf(engine: string): Promise<string> {
  if (engine === 'mariadb') {
    const server = await startServer();
    onTestFinished(() => server.stop());
    return server.url;
  }
  const folder = mkdtempSync(join(tmpdir(), 'pwj-poison-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'jobs.db')}`;
}

async function stormOn(engine: string, plan: Pick<Storm, 'kills' | 'every' | 'poison'>): Promise<StormFindings> {
  const found = await storm({
    ...{ database: await databaseOf(engine), jobs: size.jobs, workers: 4, producers: 2, pace: 0 },
    ...{ control: false, chance: seeded(5), ...plan },
  });
  console.log(engine, JSON.stringify(found));
  expect(found).toMatchObject({ acknowledged: size.jobs, lost: 0, overlapping: 0, settledTwice: 0, failed: 0 });
  expect(found).toMatchObject({ miscounted: 0, integrity: 'ok' });
  return found;
}

describe.each(['sqlite', 'mariadb'])('on %s, with four workers and thousands of jobs', (engine) => {
  test(`${size.kills} kills, one every half second, end no innocent job as poison`, async (context) => {
    skipWhere(engine === 'mariadb' && findServer() === undefined, NO_SERVER, context);
    const found = await stormOn(engine, { kills: { worker: size.kills }, every: 500 });
    expect(found.ended).toEqual([]);
    expect(found.kills.worker).toBe(size.kills);
    expect(found.repeated, 'the kills must have hit running jobs').toBeGreaterThan(0);
  }, 900_000);

  test('three poison jobs are found after at most six crashes each, and end nothing but themselves', async (context) => {
    skipWhere(engine === 'mariadb' && findServer() === undefined, NO_SERVER, context);
    const first = size.jobs / 2;
    const { ended } = await stormOn(engine, { kills: {}, poison: [first - 50, first - 51, first - 300] });
    expect(ended).toMatchObject(Array(3).fill({ isPoison: true, reason: 'crashed' }));
    for (const { crashes } of ended) expect(crashes).toBeLessThanOrEqual(6);
  }, 900_000);
});
