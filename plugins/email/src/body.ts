// Reads the body of a public request, up to a limit.
import { JobsError } from '@phraseworks/sdk';

/** Stops reading and throws `PAYLOAD_TOO_LARGE` above the limit. */
export async function readBody(request: Request, limit: number): Promise<string> {
  const tooLarge = () => new JobsError('PAYLOAD_TOO_LARGE', `The body is too large: at most ${limit} bytes.`);
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge();
  const reader = request.body?.getReader();
  if (!reader) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString('utf8');
    bytes += value.byteLength;
    if (bytes > limit) {
      reader.cancel().catch(() => {});
      throw tooLarge();
    }
    chunks.push(value);
  }
}

const notJson = (message: string) =>
  new JobsError('INVALID_DATA', 'Invalid request body.', { errors: [{ path: '', message }] });

/** An object or a list. Throws `PAYLOAD_TOO_LARGE` and `INVALID_DATA`. */
export async function readJson(request: Request, limit: number): Promise<object> {
  const text = await readBody(request, limit);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notJson('must be JSON');
  }
  if (typeof value !== 'object' || value === null) throw notJson('must be an object or an array');
  return value;
}
