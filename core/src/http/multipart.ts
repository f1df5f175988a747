// Reads multipart/form-data as it arrives: each part is passed on as a stream, nothing is kept in memory.
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { bodyOf, checkLength, chunksOf } from './body.ts';

export interface Part {
  /** The name of the form's field. */
  field: string;
  /** As the client wrote it; undefined for a field that is not a file. */
  fileName: string | undefined;
  type: string;
  stream: Readable;
}

interface Limits {
  parts: number;
  /** Bytes of the whole body. */
  total: number;
}

const broken = (): JobsError =>
  new JobsError('INVALID_DATA', 'Invalid request body: it must be complete multipart/form-data with a boundary.');

/**
 * Calls `take` for every part; it must read the stream to its end or throw. Resolves when every part is read.
 * After the first error, stops reading and fails every open part. Throws `INVALID_DATA`, `PAYLOAD_TOO_LARGE`, or what `take` threw.
 */
export async function readParts(c: Context, limits: Limits, take: (part: Part) => Promise<void>): Promise<void> {
  checkLength(c, limits.total);
  const body = bodyOf(c);
  const stop = new AbortController();
  const taken: Promise<void>[] = [];
  const streams: Readable[] = [];
  const parser = createParser(c, limits);
  const failed = new Promise<never>((_, reject) => {
    parser.on('error', () => reject(broken()));
    const tooMany = () => reject(new JobsError('PAYLOAD_TOO_LARGE', `A form may have at most ${limits.parts} parts.`));
    parser.on('partsLimit', tooMany).on('filesLimit', tooMany);
    parser.on('file', (field, stream, fileName, _encoding, type) => {
      // An error after the reader has gone must not crash the process.
      stream.on('error', () => undefined);
      if (stop.signal.aborted) {
        stream.destroy(broken());
        return;
      }
      streams.push(stream);
      const part = take({ field: field ?? '', fileName, type, stream });
      taken.push(part);
      part.catch(reject);
    });
  });
  failed.catch(() => undefined);

  try {
    await Promise.race([feed(parser, chunksOf(body, limits.total, stop.signal), stop.signal), failed]);
    await Promise.race([Promise.all(taken), failed]);
  } catch (error) {
    stop.abort();
    for (const stream of streams) stream.destroy(broken());
    await Promise.allSettled(taken);
    throw error;
  }
}

function createParser(c: Context, { parts }: Limits): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': c.req.header('content-type') ?? '' },
      isPartAFile: () => true,
      limits: { parts, files: parts, headerPairs: 20, headerSize: 8_192 },
    });
  } catch {
    throw broken();
  }
}

async function feed(parser: BusboyInstance, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (!parser.write(chunk)) await once(parser, 'drain', { signal });
    }
    if (signal.aborted) return;
    const finished = once(parser, 'finish', { signal });
    parser.end();
    await finished;
  } catch (error) {
    throw error instanceof JobsError ? error : broken();
  }
}
