// What browsers load stays small.
import { expect, test } from 'vitest';

interface Bundle {
  name: string;
  from: string;
  most: number;
}

const script = '../../scripts/bundle.mjs';
const { BUNDLES, make } = (await import(script)) as {
  BUNDLES: Bundle[];
  make(bundle: Pick<Bundle, 'from'>): Promise<number>;
};

test.each(BUNDLES)('$name has at most $most bytes after gzip', async ({ from, most }) => {
  const bytes = await make({ from });
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(most);
});
