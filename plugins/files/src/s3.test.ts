// Files in a bucket of a real S3 server: whole or not at all, below the prefix and nowhere else.
import { buffer } from 'node:stream/consumers';
import type { StoredFile } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { s3Server } from '../../../test/support/s3-server.ts';
import { Bucket, partSize } from './s3.ts';

const { signal } = new AbortController();

async function bucket() {
  const server = await s3Server();
  return { server, files: new Bucket({ ...server.config, retries: 0 }, 'unused') };
}

async function* chunks(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield Buffer.alloc(size, 'x');
}

test('a file is stored with its type, read, measured, listed and removed', async () => {
  const { files, server } = await bucket();
  await files.put('a/b.txt', Buffer.from('text'), { bytes: 4, type: 'text/plain', signal });
  await files.put('empty', chunks(), { bytes: 0, signal });
  expect(String(await server.stored('site/a/b.txt'))).toBe('text');
  expect(String(await buffer((await files.get('a/b.txt', signal)) ?? chunks()))).toBe('text');
  expect([await files.size('a/b.txt', signal), await files.size('empty', signal)]).toEqual([4, 0]);
  const listed: StoredFile[] = [];
  for await (const file of files.list(signal)) listed.push(file);
  expect(listed).toEqual([{ key: 'empty', bytes: 0 }]);
  await files.remove('a/b.txt', signal);
  await files.remove('a/b.txt', signal);
  expect([await files.get('a/b.txt', signal), await files.size('a/b.txt', signal)]).toEqual([null, null]);
});

test('a stream of more than 8 MB is uploaded in parts, whatever the length of its chunks', async () => {
  const { files, server } = await bucket();
  const bytes = 8 * 1_048_576 + 5;
  const told: number[] = [];
  const begun: string[] = [];
  await files.put('large', chunks(5, bytes - 10, 5), {
    ...{ bytes, signal },
    progress: (sent) => void told.push(sent),
    begun: async (upload) => void begun.push(upload),
  });
  expect((await server.stored('site/large')).equals(Buffer.alloc(bytes, 'x'))).toBe(true);
  expect([told, begun]).toEqual([[bytes - 5, bytes], [expect.any(String)]]);
});

test.each([
  ['short', [3]],
  ['long', [3, 2]],
  ['long by one more chunk', [4, 1]],
])('a body that is too %s is refused, and nothing is stored', async (_what, sizes) => {
  const { files, server } = await bucket();
  await expect(files.put('a', chunks(...sizes), { bytes: 4, signal })).rejects.toMatchObject({ code: 'CHANGED' });
  expect(server.asked).toEqual([]);
});

test('bytes in memory are uploaded in one request, however many', async () => {
  const { files, server } = await bucket();
  const whole = Buffer.alloc(8 * 1_048_576 + 5, 'x');
  await files.put('large', whole, { bytes: whole.length, signal });
  expect(server.asked).toEqual(['PUT /test-bucket/site/large']);
  expect((await server.stored('site/large')).equals(whole)).toBe(true);
  await expect(files.put('a', whole, { bytes: 4, signal })).rejects.toMatchObject({ code: 'CHANGED' });
});

test.each(['', '../other', 'a/../../b', '/a', 'a//b', '.hidden', 'a?acl', 'a/%2e%2e/b'])(
  'the key "%s" is refused before any request',
  async (key) => {
    const { files, server } = await bucket();
    const requests = [
      files.put(key, Buffer.from('text'), { bytes: 4, signal }),
      files.get(key, signal),
      files.size(key, signal),
      files.remove(key, signal),
      files.link(key, 60),
    ];
    const refused = { status: 'rejected', reason: expect.objectContaining({ code: 'REFUSED' }) };
    expect(await Promise.allSettled(requests)).toEqual(requests.map(() => refused));
    expect(server.asked).toEqual([]);
  },
);

test('a signed link works for anyone who has it', async () => {
  const { files } = await bucket();
  await files.put('a.txt', Buffer.from('text'), { bytes: 4, signal });
  const link = await files.link('a.txt', 60);
  expect(new URL(link).searchParams.get('X-Amz-Expires')).toBe('60');
  expect(await (await fetch(link)).text()).toBe('text');
});

test('a request to a busy server is retried as often as the options say', async () => {
  const { server } = await bucket();
  const files = new Bucket({ ...server.config, retries: 2 }, 'unused');
  server.answer = () => (server.asked.length < 3 ? 503 : null);
  expect(await files.size('a', signal)).toBeNull();
  expect(server.asked).toHaveLength(3);
});

test('a very large file is split into few enough parts', () => {
  expect(partSize(9_000_000)).toBe(8 * 1_048_576);
  expect(Math.ceil(1e12 / partSize(1e12))).toBeLessThanOrEqual(10_000);
});
