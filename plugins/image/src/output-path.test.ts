// Valid and invalid output paths.
import { expect, test } from 'vitest';
import { pathProblem, plainKey } from './output-path.ts';

const REFUSED = [
  '',
  '/',
  '//',
  '//etc/cron.d/x.jpg',
  '///x.jpg',
  '../x.jpg',
  '/../x.jpg',
  'a/../x.jpg',
  'a/../../x.jpg',
  'ok/../../up-evil/x.jpg',
  './x.jpg',
  'a/./x.jpg',
  'a//x.jpg',
  'a/',
  '..',
  '.',
  '.x.jpg',
  'a/.ssh/x.jpg',
  '.parts/x.jpg',
  '.htaccess',
  'a/..',
  'a./x.jpg',
  'a../x.jpg',
  '...jpg/x.jpg',
  'x.jpg.',
  '..\\x.jpg',
  'a\\b.jpg',
  'C:\\x.jpg',
  'C:/x.jpg',
  '\\\\server\\share\\x.jpg',
  'x.jpg\0.png',
  'x\0.jpg',
  'x\n.jpg',
  ' x.jpg',
  'x y.jpg',
  '%2e%2e/x.jpg',
  '~/x.jpg',
  '$HOME/x.jpg',
  'x;rm.jpg',
  '\u2025/x.jpg',
  '．．/x.jpg',
  'bücher.jpg',
  'x.php',
  'x.svg',
  'x.html',
  'x.jpg/x',
  'x.tiff',
  'x',
  'jpg',
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
