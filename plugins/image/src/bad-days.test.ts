// Days on which a finished picture cannot be kept: each cause has its code, and no path of the machine is told.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { imageTools, runningJob, temporaryFolder } from '../test/kit.ts';
import { quarters } from '../test/pictures.ts';
import { writeFailure } from './failure.ts';
import { imageProcessor } from './processor.ts';

test.each([
  ['ENOSPC', 'NO_SPACE'],
  ['EDQUOT', 'NO_SPACE'],
  ['EACCES', 'ROOT_NOT_WRITABLE'],
  ['EROFS', 'ROOT_NOT_WRITABLE'],
  ['EXDEV', 'ROOT_NOT_WRITABLE'],
])('a write that ends with %s is %s, which a retry may cure', (code, ours) => {
  const error = Object.assign(new Error('open /srv/secret'), { code });
  expect(writeFailure(error)).toMatchObject({
    code: ours,
    retryable: true,
    message: expect.stringMatching(new RegExp(`^(?!.*secret).*config\\.root.*${code}`)),
  });
});

test('an error of another kind stays what it is', () => {
  const error = new Error('the database is away');
  expect(writeFailure(error)).toBe(error);
});

test('a file in the place of the folder fails the job with a code and without its path', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'photo.jpg'), await quarters(40, 30).jpeg().toBuffer());
  const root = join(folder, 'photo.jpg', 'files');
  const tools = await imageTools({ config: { root, sources: [folder] } });
  const data = { source: 'photo.jpg', operations: [{ type: 'grayscale' as const }], outputPath: '/a.jpg' };
  expect(await imageProcessor(tools)(data, 'job-1', 1, runningJob('job-1'))).toMatchObject({
    success: false,
    code: 'ROOT_NOT_WRITABLE',
    error: expect.not.stringContaining(folder),
  });
});
