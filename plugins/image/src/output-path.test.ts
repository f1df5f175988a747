// Valid and invalid output paths.
import { expect, test } from 'vitest';
import { pathProblem, plainKey } from './output-path.ts';

const REFUSED = [
  '',
  '/',
  '//etc/cron.d/x.jpg',
  '../x.jpg',
  'a/../x.jpg',
  './x.jpg',
  'a//x.jpg',
  '..',
  '.x.jpg',
  'a/.ssh/x.jpg',
  'a./x.jpg',
  'x.jpg.',
  '..\\x.jpg',
  'a\\b.jpg',
  'C:\\x.jpg',
  'x.jpg\0.png',
  'x\n.jpg',
  'x y.jpg',
  '%2e%2e/x.jpg',
  '~/x.jpg',
  '\u2025/x.jpg',
  'bücher.jpg',
  'x.php',
  'x.svg',
  'x',
  `${'a'.repeat(200)}.jpg`,
  'file:///x.jpg',
];

test.each(REFUSED)('the output path %j is refused', (path) => {
  expect(pathProblem(path)).not.toBeNull();
  const refused = expect.objectContaining({ code: 'INVALID_OUTPUT_PATH', retryable: false });
  expect(() => plainKey(path)).toThrow(refused);
});

test.each([
  ['/uploads/processed/image.webp', 'uploads/processed/image.webp'],
  ['uploads/processed/image.webp', 'uploads/processed/image.webp'],
  ['a.jpg', 'a.jpg'],
  ['A-b_c.1/x..y.JPEG', 'A-b_c.1/x..y.JPEG'],
])('%s is %s below the root', (path, key) => {
  expect(plainKey(path)).toBe(key);
});
