// Targets: folders and buckets by their names, mistakes in them, and a storage of the host.
import { resolve } from 'node:path';
import { definePlugin, lend, Storage } from '@phraseworks/sdk';
import { createTestJobs, pluginContract, type TestOptions } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { Folder } from './folder.ts';
import files from './index.ts';

pluginContract(files);

const SECRET = 'CANARY';
const S3 = { endpoint: 'https://s3.test', bucket: 'bkt', prefix: 'p/', accessKeyId: 'a', secretAccessKey: SECRET };

/** The storage that a plugin gets. */
async function storageOf(options: TestOptions): Promise<Storage> {
  const used: Storage[] = [];
  const user = definePlugin({
    name: 'user',
    needs: { storage: Storage },
    init: (ctx) => void used.push(ctx.needs.storage),
  });
  await using _jobs = await createTestJobs({ ...options, plugins: { user: { use: user } } });
  return used[0] as Storage;
}

test('plugins get folders and buckets by name, and may name another one, which is checked', async () => {
  const storage = await storageOf({ storage: { media: { s3: S3 } } });
  expect(storage.open('media')).toMatchObject({ name: 's3://bkt/p/', folder: resolve('data/media') });
  expect(storage.open('files')).toMatchObject({ name: resolve('data/files'), isRemote: false });
  expect(storage.open('files', { folder: 'elsewhere' })).toMatchObject({ name: resolve('elsewhere') });
  const wrong = { folder: '', s3: { ...S3, bucket: '../b' } };
  const says = 'storage.files.folder must be at least 1\n  storage.files.s3.bucket must be the name of a bucket';
  expect(() => storage.open('files', wrong)).toThrow(says);
});

test('a storage of the host takes the place of ours, also for uploads', async () => {
  const folder = await temporaryFolder();
  const opened: string[] = [];
  const own: Storage = {
    open(name) {
      opened.push(name);
      return new Folder(folder, () => 0);
    },
  };
  expect(await storageOf({ services: [lend(Storage, own)] })).toBe(own);
  expect(opened).toEqual(['uploads']);
});

test.each([
  ['a bucket without keys', { ...S3, accessKeyId: '' }, 'storage.a.s3.accessKeyId must be at least 1'],
  [
    'an endpoint with a login',
    { ...S3, endpoint: `https://u:${SECRET}@a` },
    'storage.a.s3.endpoint must be an http or https URL without a login',
  ],
  [
    'a prefix that leads up',
    { ...S3, prefix: '../' },
    'storage.a.s3.prefix must be empty or plain folders that end with /',
  ],
  ['a bucket of no such name', { ...S3, bucket: `${SECRET}/` }, 'storage.a.s3.bucket must be the name of a bucket'],
])('createJobs() refuses %s, with the key and the limit but not the value', async (_name, s3, line) => {
  const error = await createTestJobs({ storage: { a: { s3 } }, queue: { maxQueueSize: 0 } }).catch((why: Error) => why);
  expect((error as Error).message).toContain(line);
  expect((error as Error).message).toContain('queue.maxQueueSize must be at least 1');
  expect((error as Error).message).not.toContain(SECRET);
});
