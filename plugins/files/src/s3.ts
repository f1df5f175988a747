// S3-compatible buckets: signed requests, multipart uploads, and error messages. aws4fetch signs and is loaded with the first request.
import { createHash, webcrypto } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import {
  type BucketOptions,
  checkFileKey,
  escapeMarkup,
  type FileBody,
  type FileStore,
  type PutOptions,
  StorageError,
  type StoredFile,
  systemCode,
} from '@phraseworks/sdk';
import type { AwsClient } from 'aws4fetch';

/** Bytes. Larger streams are sent in parts. */
const PART = 8 * 1_048_576;
const MOST_PARTS = 10_000;
const PAGE = 1_000;
/** Bytes that are read from a file at a time. */
const CHUNK = 1_048_576;

interface Ask {
  query?: Record<string, string>;
  body?: Buffer | string;
  headers?: Record<string, string>;
  signal: AbortSignal;
}

export class Bucket implements FileStore {
  readonly name: string;
  readonly isRemote = true;
  readonly folder: string;
  readonly #options: BucketOptions & { prefix: string };
  #client: Promise<AwsClient> | undefined;

  constructor(options: BucketOptions, folder: string) {
    const { prefix = '' } = options;
    this.name = `s3://${options.bucket}/${prefix}`;
    this.folder = resolve(folder);
    this.#options = { ...options, prefix };
  }

  async put(key: string, given: FileBody, options: PutOptions): Promise<void> {
    const { bytes, signal, type = 'application/octet-stream', progress } = options;
    const body = 'path' in given ? contentOf(given.path) : given;
    const isWhole = body instanceof Uint8Array;
    if (bytes > PART && !isWhole) return this.#putParts(key, partsOf(body, bytes), { ...options, type });
    for await (const whole of isWhole ? [wholeOf(body, bytes)] : partsOf(body, bytes)) {
      await this.#ask('PUT', key, {
        body: whole,
        headers: { 'content-type': type, ...(await checksums(whole)) },
        signal,
      });
    }
    progress?.(bytes);
  }

  async get(key: string, signal: AbortSignal): Promise<Readable | null> {
    const answer = await this.#find('GET', key, { signal });
    return answer && (answer.body ? Readable.fromWeb(answer.body as never) : Readable.from([]));
  }

  async size(key: string, signal: AbortSignal): Promise<number | null> {
    const answer = await this.#find('HEAD', key, { signal });
    return answer && Number(answer.headers.get('content-length') ?? 0);
  }

  async *list(signal: AbortSignal): AsyncGenerator<StoredFile> {
    const { prefix } = this.#options;
    let token: string | undefined;
    do {
      const query: Record<string, string> = { 'list-type': '2', 'max-keys': String(PAGE), delimiter: '/', prefix };
      if (token !== undefined) query['continuation-token'] = token;
      const xml = await (await this.#ask('GET', null, { query, signal })).text();
      for (const entry of tagsOf(xml, 'Contents')) {
        const [key = ''] = tagsOf(entry, 'Key');
        if (!key.startsWith(prefix)) continue;
        yield { key: key.slice(prefix.length), bytes: Number(tagsOf(entry, 'Size')[0] ?? 0) };
      }
      const [next] = tagsOf(xml, 'NextContinuationToken');
      token = tagsOf(xml, 'IsTruncated')[0] === 'true' && next !== token ? next : undefined;
    } while (token !== undefined);
  }

  async remove(key: string, signal: AbortSignal): Promise<void> {
    await this.#find('DELETE', key, { signal });
  }

  async abandon(key: string, upload: string, signal: AbortSignal): Promise<void> {
    await this.#find('DELETE', key, { query: { uploadId: upload }, signal });
  }

  async link(key: string, seconds: number): Promise<string> {
    const address = this.#address(key, { 'X-Amz-Expires': String(seconds) });
    return (await (await this.#signer()).sign(address, { aws: { signQuery: true } })).url;
  }

  async #putParts(key: string, parts: AsyncIterable<Buffer>, options: PutOptions & { type: string }): Promise<void> {
    const { signal, type, begun, progress } = options;
    const begin = await this.#ask('POST', key, { query: { uploads: '' }, headers: { 'content-type': type }, signal });
    const [upload] = tagsOf(await begin.text(), 'UploadId');
    if (upload === undefined) throw unavailable('did not start a multipart upload');
    try {
      await begun?.(upload);
      const tags: string[] = [];
      let sent = 0;
      for await (const body of parts) {
        const query = { partNumber: String(tags.length + 1), uploadId: upload };
        const answer = await this.#ask('PUT', key, { query, body, headers: await checksums(body), signal });
        tags.push(answer.headers.get('etag') ?? '');
        await answer.body?.cancel();
        sent += body.length;
        progress?.(sent);
      }
      await this.#complete(key, upload, tags, signal);
    } catch (error) {
      // Parts of an unfinished upload cost money and are not listed. The signal may have caused this, so use a separate one.
      await this.abandon(key, upload, AbortSignal.timeout(10_000)).catch(() => {});
      throw error;
    }
  }

  async #complete(key: string, uploadId: string, tags: readonly string[], signal: AbortSignal): Promise<void> {
    const parts = tags.map(
      (tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escapeMarkup(tag)}</ETag></Part>`,
    );
    const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
    const headers = { 'content-type': 'application/xml' };
    const xml = await (await this.#ask('POST', key, { query: { uploadId }, body, headers, signal })).text();
    // S3 may report a failure after it has sent status 200.
    if (tagsOf(xml, 'ETag').length === 0 || /<Error>/.test(xml))
      throw unavailable('could not assemble the parts of the file');
  }

  /** Null for a 404, unless the bucket itself is missing. */
  async #find(method: string, key: string, ask: Ask): Promise<Response | null> {
    const answer = await this.#send(method, key, ask);
    if (answer.ok) return answer;
    const says = await answer.text().catch(() => '');
    if (answer.status === 404 && !/<Code>NoSuchBucket</.test(says)) return null;
    throw refusal(answer.status, says);
  }

  async #ask(method: string, key: string | null, ask: Ask): Promise<Response> {
    const answer = await this.#send(method, key, ask);
    if (answer.ok) return answer;
    throw refusal(answer.status, await answer.text().catch(() => ''));
  }

  async #send(method: string, key: string | null, { query = {}, body, headers = {}, signal }: Ask): Promise<Response> {
    const address = this.#address(key, query);
    const client = await this.#signer();
    try {
      // A redirect would send the file to another place.
      const init: RequestInit = { method, headers, signal, redirect: 'manual' };
      return await client.fetch(address, body === undefined ? init : { ...init, body });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw unavailable(`cannot be reached${systemCode((error as { cause?: unknown }).cause ?? error)}`, error);
    }
  }

  /** Without a key, the bucket itself. */
  #address(key: string | null, query: Record<string, string>): string {
    const { endpoint, bucket, prefix } = this.#options;
    if (key !== null) checkFileKey(key);
    const search = new URLSearchParams(query).toString();
    const path = key === null ? '' : `/${prefix}${key}`;
    return `${endpoint.replace(/\/+$/, '')}/${bucket}${path}${search === '' ? '' : `?${search}`}`;
  }

  #signer(): Promise<AwsClient> {
    const { accessKeyId, secretAccessKey, region = 'us-east-1', retries = 3 } = this.#options;
    this.#client ??= import('aws4fetch').then(
      (library) => new library.AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries }),
      (cause: unknown) => {
        this.#client = undefined;
        throw new StorageError('MISSING_LIBRARY', 'a bucket needs the package aws4fetch: npm install aws4fetch', cause);
      },
    );
    return this.#client;
  }
}

/** S3 allows 10,000 parts, which must all have the same size except the last. */
export const partSize = (bytes: number): number =>
  Math.max(PART, Math.ceil(bytes / MOST_PARTS / 1_048_576) * 1_048_576);

const changed = () => new StorageError('CHANGED', 'the file changed during the upload: its length differs');

/** Opens the file when it is first read, so that nothing is left open if the bucket refuses it before. */
async function* contentOf(path: string): AsyncGenerator<Buffer> {
  yield* createReadStream(path, { highWaterMark: CHUNK });
}

function wholeOf(body: Uint8Array, bytes: number): Buffer {
  if (body.length !== bytes) throw changed();
  return Buffer.from(body.buffer, body.byteOffset, bytes);
}

/** The stream in parts, one part if it is empty; the last part follows when the stream has ended. Throws `CHANGED` if the number of bytes differs. */
async function* partsOf(body: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Buffer> {
  const size = partSize(bytes);
  let left = bytes;
  let part = Buffer.allocUnsafe(Math.min(size, left));
  let filled = 0;
  for await (const chunk of body) {
    if (chunk.length > left - filled) throw changed();
    for (let at = 0; at < chunk.length; ) {
      if (filled === part.length) {
        yield part;
        left -= filled;
        part = Buffer.allocUnsafe(Math.min(size, left));
        filled = 0;
      }
      const taken = chunk.subarray(at, at + part.length - filled);
      part.set(taken, filled);
      at += taken.length;
      filled += taken.length;
    }
  }
  if (filled < left) throw changed();
  yield part;
}

/** The server checks both. SHA-256 is computed off the event loop. */
const checksums = async (body: Buffer): Promise<Record<string, string>> => ({
  'content-md5': createHash('md5').update(body).digest('base64'),
  'x-amz-content-sha256': Buffer.from(await webcrypto.subtle.digest('SHA-256', body)).toString('hex'),
});

const unavailable = (what: string, cause?: unknown) =>
  new StorageError('UNAVAILABLE', `the server of the bucket ${what}`, cause);

/** Describes a refusal in our own words, with S3's code such as `AccessDenied`; the rest of the response may contain keys and names. */
function refusal(status: number, xml: string): StorageError {
  const [code = ''] = tagsOf(xml, 'Code');
  const named = /^[A-Za-z]{3,60}$/.test(code) ? ` ${code}` : '';
  const later = status >= 500 || [408, 425, 429].includes(status) || ['RequestTimeout', 'SlowDown'].includes(code);
  if (later) return unavailable(`answered ${status}${named}`);
  return new StorageError(
    'REFUSED',
    `the bucket refused the request: ${status}${named}. Check its endpoint, name, region, keys and permissions`,
  );
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const text = (xml: string): string =>
  xml.replace(/&(?:#(\d{1,7})|(\w{2,4}));/g, (all, number?: string, name?: string) =>
    number ? String.fromCodePoint(Number(number)) : (ENTITIES[name ?? ''] ?? all),
  );

/** The text of each element with this name; S3's responses are flat enough for this. */
const tagsOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map((found) => text(found[1] ?? ''));
