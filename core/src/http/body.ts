// Request bodies: read up to a limit.
import { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';

/** Bytes of a JSON body. */
const MAX_BODY = 1024 * 1024;

export const tooLarge = (what: string, bytes: number): JobsError =>
  new JobsError('PAYLOAD_TOO_LARGE', `${what} is too large: at most ${bytes} bytes.`);

/** Throws `PAYLOAD_TOO_LARGE` if the request announces a larger body. */
export function checkLength(c: Context, limit: number): void {
  const announced = Number(c.req.header('content-length') ?? 0);
  if (announced > limit) throw tooLarge('The body', limit);
}

/** The chunks of a body, at most `limit` bytes: reading ends at the chunk that exceeds it, or when the caller or `signal` stops it. */
export async function* chunksOf(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal?.addEventListener('abort', stop, { once: true });
  let bytes = 0;
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        ended = true;
        return;
      }
      bytes += value.byteLength;
      if (bytes > limit) throw tooLarge('The body', limit);
      yield value;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    if (!ended) stop();
  }
}

/** Throws if another middleware has already consumed the body. */
export function bodyOf(c: Context): ReadableStream<Uint8Array> | null {
  if (c.req.raw.bodyUsed) {
    throw new Error('another middleware already read the request body: mount jobs.routes before body parsers');
  }
  return c.req.raw.body;
}

async function readAll(c: Context, limit: number): Promise<Buffer> {
  checkLength(c, limit);
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(bodyOf(c), limit)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * Passes `request` to a reader that has no limit of its own, with the body cut at the limit of a JSON body.
 * Throws `PAYLOAD_TOO_LARGE` then, whatever the reader answered.
 */
export async function answerWithLimit(
  c: Context,
  request: Request,
  answer: (request: Request) => Promise<Response>,
): Promise<Response> {
  checkLength(c, MAX_BODY);
  const { body } = request;
  if (!body) return answer(request);
  let refusal: JobsError | undefined;
  async function* limited() {
    try {
      yield* chunksOf(body, MAX_BODY);
    } catch (error) {
      if (error instanceof JobsError) refusal = error;
      throw error;
    }
  }
  const init = { body: ReadableStream.from(limited()), duplex: 'half' };
  const response = await answer(new Request(request, init as RequestInit)).catch((error: unknown) => {
    throw refusal ?? error;
  });
  if (refusal) throw refusal;
  return response;
}

/** The whole form that a page sent, at most as large as a JSON body. Throws `PAYLOAD_TOO_LARGE`. */
export const readForm = (c: Context): Promise<Buffer> => readAll(c, MAX_BODY);
