// Archives in a bucket on a real S3 server: small and large ones, read back, restored, deleted, and no leftovers of failures.
import { randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lend, Storage } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { s3Server } from '../../../test/support/s3-server.ts';
import { site, temporaryFolder } from '../test/kit.ts';
import { toolsOf } from '../test/tools.ts';

/** Files that no compression makes smaller. */
async function photos(bytes: number): Promise<string> {
  const folder = join(await temporaryFolder(), 'photos');
  await mkdir(folder);
  await writeFile(join(folder, 'photo.jpg'), randomFillSync(Buffer.alloc(bytes)));
  return folder;
}

test('a small archive is uploaded in one request, read back, listed, downloaded, verified and restored', async () => {
  const bucket = await s3Server();
  await using here = await site({ s3: bucket.config, files: { photos: await photos(100_000) } });
  const result = await here.backup({ type: 'files' });
  expect(result).toMatchObject({ verified: true, target: 's3://test-bucket/site/' });
  expect(bucket.asked.map((request) => request.split(' ')[0])).toEqual(['PUT', 'GET', 'GET']);
  expect(await here.files()).toEqual([]);
  expect(await here.list()).toMatchObject([{ id: result.id, state: 'verified' }]);
  const download = await here.jobs.request(`/plugins/backup/backups/${result.id}/download`);
  expect((await download.arrayBuffer()).byteLength).toBe(result.bytes);
  expect(await here.run('backup_verify', { id: result.id })).toMatchObject({
    status: 'completed',
    result: { verified: true },
  });
  expect(await here.run('backup_restore', { id: result.id })).toMatchObject({
    status: 'completed',
    result: { restored: [{ files: 1 }] },
  });
  await toolsOf(here).runs.remove(result.id);
  expect(await here.list()).toMatchObject([{ id: result.id, state: 'unverified', type: 'files' }]);
});

test('older archives are deleted in the bucket', async () => {
  const bucket = await s3Server();
  await using here = await site({ s3: bucket.config });
  const first = await here.backup();
  await here.jobs.advance(5_000);
  const second = await here.backup({ type: 'database', retention: '2 seconds' });
  expect(second.deleted).toEqual([first.file]);
  expect(await here.list()).toMatchObject([{ id: second.id }]);
});

test('an upload that fails half-way is aborted, and the older backup stays', async () => {
  const bucket = await s3Server();
  await using here = await site({ s3: bucket.config, files: { photos: await photos(9_000_000) } });
  const first = await here.backup({ type: 'files' });
  bucket.answer = (request) => (/^PUT .*partNumber=2/.test(request) ? 'cut' : null);
  bucket.asked.length = 0;
  expect(await here.run('backup', { type: 'files', retention: '1 second' })).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('S3_UNAVAILABLE'),
  });
  expect(bucket.asked.filter((request) => /^DELETE .*uploadId=/.test(request))).toHaveLength(1);
  expect((await here.list()).map(({ id }) => id)).toEqual([first.id]);
  expect(await here.files()).toEqual([]);
});

test.skipIf(!existsSync('/proc/self/fd'))('a refused large upload leaves no file open', async () => {
  const bucket = await s3Server();
  await using here = await site({ s3: bucket.config, files: { photos: await photos(9_000_000) } });
  bucket.answer = (request) => (request.startsWith('POST') ? 403 : null);
  expect(await here.run('backup', { type: 'files' })).toMatchObject({ error: expect.stringContaining('S3_REFUSED') });
  const open = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  expect((await Promise.all(open)).filter((path) => path.startsWith(here.folder))).toEqual([]);
});

test('a refusal from a storage with its own copy of the SDK is reported in our words', async () => {
  const error = Object.assign(new Error('no right to write'), { name: 'StorageError', code: 'REFUSED' });
  const folder = await temporaryFolder();
  const files = { name: 'theirs', isRemote: true, folder, put: () => Promise.reject(error) };
  const storage = { open: () => files } as unknown as Storage;
  await using here = await site({}, { services: [lend(Storage, storage)] });
  expect(await here.run('backup', { type: 'database' })).toMatchObject({
    error: expect.stringContaining('S3_REFUSED: no right to write'),
  });
});

test('an upload started by a killed process is aborted by the next backup', async () => {
  const bucket = await s3Server();
  await using here = await site({ s3: bucket.config });
  const { runs, target } = toolsOf(here);
  const row = {
    owner: 'job/gone/1',
    type: 'database',
    state: 'writing',
    file: 'backup-20260101T000000Z-0123456789.tar.gz',
  } as const;
  await runs.insert({
    ...row,
    id: '0123456789',
    target: target.name,
    bytes: 0,
    rows: 0,
    sha256: '',
    error: '',
    upload: 'abc',
    at: here.jobs.clock.now(),
    verified_at: 0,
    removed_at: 0,
    restore_tested: 0,
    facts: null,
  });
  await here.backup();
  expect(bucket.asked.some((request) => /^DELETE .*uploadId=abc/.test(request))).toBe(true);
  expect(await runs.find('0123456789')).toMatchObject({ state: 'failed', upload: '' });
});

test.each([
  [
    'unknown keys',
    { accessKeyId: 'NOBODY', secretAccessKey: 'CANARY' },
    'S3_REFUSED: the bucket refused the request: 403 InvalidAccessKeyId',
  ],
  ['a missing bucket', { bucket: 'not-there' }, 'S3_REFUSED: the bucket refused the request: 404 NoSuchBucket'],
  [
    'an unreachable endpoint',
    { endpoint: 'http://127.0.0.1:65531' },
    'S3_UNAVAILABLE: the server of the bucket cannot be reached (ECONNREFUSED)',
  ],
])('with %s the backup fails with a clear message and leaves nothing behind', async (_what, wrong, says) => {
  const bucket = await s3Server();
  await using here = await site({ s3: { ...bucket.config, ...wrong } });
  const job = await here.run('backup', { type: 'database' });
  expect(job).toMatchObject({ status: 'failed', error: expect.stringContaining(says) });
  expect(JSON.stringify([job, here.jobs.log])).not.toContain('CANARY');
  expect(await here.files()).toEqual([]);
});
