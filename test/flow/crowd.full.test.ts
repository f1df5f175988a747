// Clients that never read and large lists do not hold up a site with 1,500 jobs of 250 kB; run with JOBS_TEST_FULL=1.
import { expect, test } from 'vitest';
import { crowd } from '../support/crowd.ts';

test('60 clients that never read and 20 large lists at a time use less than 100 MB, and /health answers throughout', async () => {
  const seen = await crowd(1_500, 60);
  expect(seen.grownMb).toBeLessThan(100);
  expect(seen.listBytes).toBeLessThan(500_000);
  expect(seen.healthy).toBe(true);
}, 300_000);
