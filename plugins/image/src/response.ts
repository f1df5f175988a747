// The response of a server: whether it is a redirect, whether it may be read, and its body within the limit.
import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import type { Limits } from './config.ts';
import { ImageFailure } from './failure.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const GONE = new Set([404, 410]);
const WORTH_A_RETRY = new Set([408, 425, 429]);
// Servers that do not know the type send octet-stream or nothing: then the first bytes decide.
const TYPES = /^(image\/(jpeg|jpg|pjpeg|png|x-png|webp|avif|gif)|(application|binary)\/octet-stream|)$/;
const HOUR = 3_600_000;

/** The Location of a redirect, or null. */
export function redirectOf(response: IncomingMessage): string | null {
  return REDIRECTS.has(response.statusCode ?? 0) ? (response.headers.location ?? null) : null;
}

/** Milliseconds of a `Retry-After` in seconds, at most an hour. */
function retryAfter(response: IncomingMessage): number | undefined {
  const seconds = /^[0-9]{1,6}$/.exec(response.headers['retry-after'] ?? '');
  return seconds ? Math.min(Number(seconds[0]) * 1_000, HOUR) : undefined;
}

const tooLarge = (limits: Limits) =>
  new ImageFailure('SOURCE_TOO_LARGE', `the source is larger than config.limits.maxBytes (${limits.maxBytes} bytes)`);

/** Throws `ImageFailure` unless status and headers promise a picture within the limits. */
export function checkHead(response: IncomingMessage, limits: Limits): void {
  const status = response.statusCode ?? 0;
  if (GONE.has(status))
    throw new ImageFailure('SOURCE_NOT_FOUND', `the server of data.sourceUrl returned status ${status}`);
  if (status >= 500 || WORTH_A_RETRY.has(status)) {
    throw new ImageFailure('SOURCE_UNAVAILABLE', `the server of data.sourceUrl returned status ${status}`, {
      retryDelay: retryAfter(response),
    });
  }
  if (status !== 200)
    throw new ImageFailure('SOURCE_REFUSED', `the server of data.sourceUrl returned status ${status}`);
  const type = (response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!TYPES.test(type))
    throw new ImageFailure('WRONG_TYPE', 'data.sourceUrl leads to something that is not a picture');
  if (Number(response.headers['content-length'] ?? 0) > limits.maxBytes) throw tooLarge(limits);
}

/** We ask for no compression, but some servers compress anyway. */
function decoder(response: IncomingMessage): Duplex | null {
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return null;
  if (encoding === 'gzip' || encoding === 'x-gzip' || encoding === 'deflate') return createUnzip();
  if (encoding === 'br') return createBrotliDecompress();
  throw new ImageFailure('WRONG_TYPE', 'data.sourceUrl has an unknown content encoding');
}

/** The body, decompressed. Stops at the first byte over the limit. */
export async function readBody(
  response: IncomingMessage,
  limits: Limits,
  progress: (received: number, total: number | null) => Promise<void>,
): Promise<Buffer> {
  const decode = decoder(response);
  const declared = Number(response.headers['content-length'] ?? 0);
  const total = decode || declared === 0 ? null : declared;
  const pieces: Buffer[] = [];
  let received = 0;
  const collect = async (body: AsyncIterable<Buffer>) => {
    for await (const piece of body) {
      received += piece.length;
      if (received > limits.maxBytes) break;
      pieces.push(piece);
      await progress(received, total);
    }
  };
  const source: Readable = response;
  try {
    await (decode ? pipeline(source, decode, collect) : pipeline(source, collect));
  } catch (cause) {
    // Leaving the loop early closes the decoder, which the pipeline reports as an error of its own.
    if (received <= limits.maxBytes) throw cause;
  }
  if (received > limits.maxBytes) throw tooLarge(limits);
  return Buffer.concat(pieces, received);
}
