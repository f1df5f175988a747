// The same storm with several workers on a real server, which is killed, too. `JOBS_TEST_FULL=1` makes it far longer.
import { beforeEach, expect, test } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { serverOfTest } from '../../../test/server/rig.ts';
import { seeded } from '../../../test/server/seeded.ts';
import { storm } from './storm.ts';

const full = process.env.JOBS_TEST_FULL === '1';
const size = full
  ? { jobs: 10_000, kills: { worker: 20, server: 5 }, pace: 8 }
  : { jobs: 1_200, kills: { worker: 6, server: 2 }, pace: 16 };

beforeEach((context) => skipWhere(findServer() === undefined, NO_SERVER, context));

test(`${size.kills.worker} kills of workers and ${size.kills.server} of the server lose none of ${size.jobs} acknowledged jobs, run none twice at once and settle each once`, async () => {
  const server = await serverOfTest();
  const found = await storm({
    ...size,
    database: server.url,
    workers: 4,
    producers: 2,
    restartServer: () => server.restart(),
    control: false,
    chance: seeded(3),
  });
  console.log(JSON.stringify(found));
  expect(found).toMatchObject({ acknowledged: size.jobs, lost: 0, overlapping: 0, settledTwice: 0 });
  // No innocent job ends as poison.
  expect(found).toMatchObject({ ended: [], failed: 0, miscounted: 0, integrity: 'ok', kills: size.kills });
  expect(found.repeated, 'the kills must have hit running jobs').toBeGreaterThan(0);
}, 600_000);
