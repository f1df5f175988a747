// An S3-compatible bucket: is there an object, and put one. The library that signs is loaded with the first upload.
import { webcrypto } from 'node:crypto';
import type { PluginClock } from '@phraseworks/sdk';
import type { S3Target } from './config.ts';
import { ImageFailure, systemCode } from './failure.ts';

export interface Bucket {
  has(key: string, signal: AbortSignal): Promise<boolean>;
  put(key: string, bytes: Uint8Array, contentType: string, signal: AbortSignal): Promise<void>;
}

async function signer({ accessKeyId, secretAccessKey, region }: S3Target) {
  try {
    const { AwsClient } = await import('aws4fetch');
    return new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3' });
  } catch (cause) {
    throw new ImageFailure('LIBRARY_MISSING', 'config.s3 needs the package aws4fetch: npm install aws4fetch', {
      cause,
    });
  }
}

/** Worked out beside the event loop: a file can be large. */
async function sha256(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

const unavailable = (why: string, cause?: unknown) =>
  new ImageFailure('TARGET_UNAVAILABLE', `the server of config.s3 ${why}`, { cause });

/** Throws `ImageFailure` unless the answer is 2xx. The server's own words stay out: they can repeat keys and names. */
function checkAnswer({ ok, status }: Response): void {
  if (ok) return;
  if (status >= 500 || status === 408 || status === 425 || status === 429) throw unavailable(`answered ${status}`);
  const hint = { 403: ': look at its keys and rights', 404: ': there is no such bucket' }[status] ?? '';
  throw new ImageFailure('TARGET_REFUSED', `the server of config.s3 answered ${status}${hint}`);
}

/** `time`: milliseconds for one request. */
export function bucketOf(s3: S3Target, time: number, clock: PluginClock): Bucket {
  const address = (key: string) => `${s3.endpoint.replace(/\/+$/, '')}/${s3.bucket}/${s3.prefix}${key}`;

  async function ask(
    method: 'HEAD' | 'PUT',
    key: string,
    outer: AbortSignal,
    body?: Uint8Array,
    type = '',
  ): Promise<Response> {
    const client = await signer(s3);
    const late = new AbortController();
    const stop = clock.after(time, () => late.abort(unavailable(`took longer than ${time} ms`)));
    const signal = AbortSignal.any([outer, late.signal]);
    try {
      const sent = body && {
        body: Buffer.from(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength),
        headers: {
          'content-type': type,
          'content-length': String(body.byteLength),
          'x-amz-content-sha256': await sha256(body),
        },
      };
      const request = await client.sign(address(key), { method, ...sent });
      // A redirect would carry the file to another place.
      const response = await fetch(request, { signal, redirect: 'manual' });
      await response.arrayBuffer();
      return response;
    } catch (cause) {
      signal.throwIfAborted();
      throw unavailable(`could not be reached${systemCode((cause as Error).cause)}`, cause);
    } finally {
      stop();
    }
  }

  return {
    async has(key, signal) {
      const response = await ask('HEAD', key, signal);
      if (response.status === 404) return false;
      checkAnswer(response);
      return true;
    },
    async put(key, bytes, contentType, signal) {
      checkAnswer(await ask('PUT', key, signal, bytes, contentType));
    },
  };
}
