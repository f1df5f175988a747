// Finished pictures that cannot be stored: each cause has its code, and no path of the machine is shown.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileStore, StorageError } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { imageTools, runningJob, temporaryFolder } from '../test/kit.ts';
import { quarters } from '../test/pictures.ts';
import { imageProcessor } from './processor.ts';

test.each([
  ['FULL', 'NO_SPACE', true],
  ['NOT_WRITABLE', 'ROOT_NOT_WRITABLE', true],
  ['UNAVAILABLE', 'TARGET_UNAVAILABLE', true],
  ['REFUSED', 'TARGET_REFUSED', false],
  ['OUTSIDE', 'OUTSIDE_ROOT', false],
] as const)('a storage error %s fails the job with %s', async (code, ours, retryable) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'photo.jpg'), await quarters(40, 30).jpeg().toBuffer());
  const tools = await imageTools({ config: { sources: [folder] } });
  const files: FileStore = {
    ...{
      name: 'theirs',
      isRemote: false,
      folder,
      list: tools.files.list,
      get: async () => null,
      size: async () => null,
    },
    ...{ remove: async () => {}, abandon: async () => {}, link: async () => null },
    put: () => Promise.reject(new StorageError(code, 'no')),
  };
  const data = { source: 'photo.jpg', operations: [{ type: 'grayscale' as const }], outputPath: '/a.jpg' };
  expect(await imageProcessor({ ...tools, files })(data, 'job-1', 1, runningJob('job-1'))).toMatchObject({
    ...{ success: false, code: ours, retryable },
  });
  expect(await tools.outputs.find('a.jpg')).toBeUndefined();
});

test('a file where the folder should be fails the job with a code and without its path', async () => {
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
