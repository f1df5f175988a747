// Clients that never read and large lists do not hold up a site with 1,500 jobs of 250 kB; run with JOBS_TEST_FULL=1, it prints what it measured.
import { expect, test } from 'vitest';
import { crowd } from '../support/crowd.ts';

test('60 clients that never read and 20 large lists at a time take less than 100 MB, and /health answers throughout', async () => {
  const seconds = 60;
  const seen = await crowd(1_500, seconds);
  console.log(JSON.stringify(seen));
  expect(seen.grownMb).toBeLessThan(100);
  expect(seen.listBytes).toBeLessThan(500_000);
  // It is asked every 20 ms, when it has answered. The longest wait is only printed: on a busy machine any process waits.
  expect(seen.health.asked / seconds).toBeGreaterThan(10);
}, 300_000);
