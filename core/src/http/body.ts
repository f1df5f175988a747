// Request bodies: read up to a limit.
import { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';

/** Bytes of a JSON body. */
const MAX_BODY = 1024 * 1024;

const tooLarge = (): JobsError =>
  new JobsError('PAYLOAD_TOO_LARGE', `The body is too large: at most ${MAX_BODY} bytes.`);

export const isForm = (c: Context): boolean => /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '');

/** Throws `PAYLOAD_TOO_LARGE` if the request announces a larger body. */
function checkLength(c: Context): void {
  const announced = Number(c.req.header('content-length') ?? 0);
  if (announced > MAX_BODY) throw tooLarge();
}

/** The chunks of a body: reading ends at the chunk that exceeds the limit, or when the caller stops it. */
async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (!body) return;
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY) throw tooLarge();
    yield chunk;
  }
}

/** Throws if another middleware has already consumed the body. */
export function bodyOf(c: Context): ReadableStream<Uint8Array> | null {
  if (c.req.raw.bodyUsed) {
    throw new Error('another middleware already read the request body: mount jobs.routes before body parsers');
  }
  return c.req.raw.body;
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
  checkLength(c);
  const { body } = request;
  if (!body) return answer(request);
  let refusal: JobsError | undefined;
  async function* limited() {
    try {
      yield* chunksOf(body);
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
export async function readForm(c: Context): Promise<Buffer> {
  checkLength(c);
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(bodyOf(c))) chunks.push(chunk);
  return Buffer.concat(chunks);
}
