// Clients that never read and large lists cost a server little.
import { expect, test } from 'vitest';
import { crowd } from '../support/crowd.ts';

test('60 clients that never read and 20 large lists at a time use less than 100 MB', async () => {
  const seen = await crowd(300, 7);
  expect(seen.grownMb).toBeLessThan(100);
  expect(seen.listBytes).toBeLessThan(500_000);
}, 60_000);
