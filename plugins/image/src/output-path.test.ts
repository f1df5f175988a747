// Output paths: what a job may name, and where it ends up on a real disk with links in the way.
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../test/kit.ts';
import { ImageFailure } from './failure.ts';
import { pathProblem, placeFor } from './output-path.ts';

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

test.each(REFUSED)('the output path %j is refused', async (path) => {
  expect(pathProblem(path)).not.toBeNull();
  const outer = await temporaryFolder();
  const root = join(outer, 'root');
  await expect(placeFor(root, path)).rejects.toMatchObject({ code: 'INVALID_OUTPUT_PATH', retryable: false });
  expect(await readdir(outer)).toEqual([]);
});

test.each([
  ['/uploads/processed/image.webp', 'uploads/processed/image.webp'],
  ['uploads/processed/image.webp', 'uploads/processed/image.webp'],
  ['a.jpg', 'a.jpg'],
  ['A-b_c.1/x..y.JPEG', 'A-b_c.1/x..y.JPEG'],
])('%s is %s below the root', async (path, key) => {
  const root = join(await temporaryFolder(), 'made', 'when missing');
  expect(await placeFor(root, path)).toMatchObject({ file: join(root, key), key });
});

describe('links', () => {
  async function folders() {
    const outer = await temporaryFolder();
    const [root, elsewhere] = [join(outer, 'root'), join(outer, 'root-evil')];
    await mkdir(root);
    await mkdir(elsewhere);
    return { outer, root, elsewhere };
  }
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'passed',
      (error: unknown) => (error instanceof ImageFailure ? error.code : String(error)),
    );

  test.each([
    ['to a folder outside', '../root-evil'],
    ['to the folder above', '..'],
    ['to the root itself', '.'],
    ['to the file system root', '/'],
    ['to a folder that does not exist yet', '../not-there'],
    ['to itself', 'link'],
  ])('a link %s is not followed and nothing is made there', async (_what, target) => {
    const { outer, root, elsewhere } = await folders();
    await symlink(target, join(root, 'link'));
    expect(await codeOf(placeFor(root, 'link/cron.d/x.jpg'))).toBe('OUTSIDE_ROOT');
    expect([await readdir(elsewhere), (await readdir(outer)).sort(), await readdir(root)]).toEqual([
      [],
      ['root', 'root-evil'],
      ['link'],
    ]);
  });

  test('a link deeper down is checked as well', async () => {
    const { root, elsewhere } = await folders();
    await mkdir(join(root, 'a', 'b'), { recursive: true });
    await symlink(elsewhere, join(root, 'a', 'b', 'c'));
    expect(await codeOf(placeFor(root, 'a/b/c/d/x.jpg'))).toBe('OUTSIDE_ROOT');
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test('a link inside the root is followed, and both ways have one name', async () => {
    const { root } = await folders();
    await mkdir(join(root, 'real'));
    await symlink('real', join(root, 'link'));
    const [direct, linked] = [await placeFor(root, 'real/x.jpg'), await placeFor(root, 'link/x.jpg')];
    expect(linked).toEqual(direct);
  });

  test('the root itself may be a link', async () => {
    const { outer, elsewhere } = await folders();
    await symlink(elsewhere, join(outer, 'files'));
    expect((await placeFor(join(outer, 'files'), 'a/x.jpg')).file).toBe(join(elsewhere, 'a', 'x.jpg'));
  });

  test('a file in place of a folder is refused', async () => {
    const { root } = await folders();
    await writeFile(join(root, 'a.jpg'), '');
    expect(await codeOf(placeFor(root, 'a.jpg/x.jpg'))).toBe('OUTSIDE_ROOT');
    expect(await codeOf(placeFor(root, 'a.jpg/b/x.jpg'))).toBe('OUTSIDE_ROOT');
  });
});
