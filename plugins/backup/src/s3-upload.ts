// An upload to S3: one request up to 8 MB, else parts; one that fails leaves no parts behind.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { BackupFailure } from './failure.ts';
import { type S3Client, tagsOf } from './s3-client.ts';
import type { StoreOptions } from './target.ts';

/** Bytes. */
const PART = 8 * 1_048_576;
const MOST_PARTS = 10_000;

/** S3 allows 10,000 parts, each but the last of the same size. */
export const partSize = (bytes: number): number =>
  Math.max(PART, Math.ceil(bytes / MOST_PARTS / 1_048_576) * 1_048_576);

/** The server checks both, so that the stored bytes are those that were sent. */
const checks = (body: Buffer): Record<string, string> => ({
  'content-md5': createHash('md5').update(body).digest('base64'),
  'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
});

async function read(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, at + filled);
    if (bytesRead === 0) throw new BackupFailure('VERIFICATION_FAILED', 'the archive was cut while it was sent');
    filled += bytesRead;
  }
  return buffer;
}

export async function uploadFile(client: S3Client, path: string, key: string, options: StoreOptions): Promise<void> {
  const { bytes, signal, progress } = options;
  const file = await open(path, 'r');
  try {
    if (bytes > PART) return await inParts(client, file, key, options);
    const body = await read(file, 0, bytes);
    await client.ask('PUT', key, {
      body,
      headers: { 'content-type': 'application/octet-stream', ...checks(body) },
      signal,
    });
    progress(1);
  } finally {
    await file.close();
  }
}

async function inParts(client: S3Client, file: FileHandle, key: string, options: StoreOptions): Promise<void> {
  const { bytes, signal, progress, begun } = options;
  const begin = await client.ask('POST', key, { query: { uploads: '' }, signal });
  const [uploadId] = tagsOf((await begin?.text()) ?? '', 'UploadId');
  if (uploadId === undefined)
    throw new BackupFailure('S3_UNAVAILABLE', 'the bucket did not say how to upload in parts');
  try {
    await begun(uploadId);
    const size = partSize(bytes);
    const tags: string[] = [];
    for (let at = 0; at < bytes; at += size) {
      const body = await read(file, at, Math.min(size, bytes - at));
      const query = { partNumber: String(tags.length + 1), uploadId };
      const answer = await client.ask('PUT', key, { query, body, headers: checks(body), signal });
      tags.push(answer?.headers.get('etag') ?? '');
      await answer?.body?.cancel();
      progress((at + body.length) / bytes);
    }
    await complete(client, key, uploadId, tags, signal);
  } catch (error) {
    // Parts of an unfinished upload cost money, and nobody sees them. The signal may have fired: this has one of its own.
    await client
      .ask('DELETE', key, { query: { uploadId }, signal: AbortSignal.timeout(10_000), missing: true })
      .catch(() => {});
    throw error;
  }
}

async function complete(client: S3Client, key: string, uploadId: string, tags: readonly string[], signal: AbortSignal) {
  const escaped = (tag: string) => tag.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const parts = tags.map(
    (tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`,
  );
  const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  const headers = { 'content-type': 'application/xml' };
  const answer = await client.ask('POST', key, { query: { uploadId }, body, headers, signal });
  // S3 may find out about a failure after it has said 200.
  const xml = (await answer?.text()) ?? '';
  if (tagsOf(xml, 'ETag').length === 0 || /<Error>/.test(xml))
    throw new BackupFailure('S3_UNAVAILABLE', 'the bucket could not put the parts together');
}
