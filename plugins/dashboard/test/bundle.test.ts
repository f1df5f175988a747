// The files that browsers load are small.
import { expect, test } from 'vitest';

const script = '../scripts/bundle.mjs';
const { make, most } = (await import(script)) as { make(): Promise<number>; most: number };

test('the script of the pages is small', async () => {
  const bytes = await make();
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(most);
});
