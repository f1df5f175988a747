// Request bodies: read up to a limit.
import { JobsError } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';

/** Bytes of a JSON body. */
const MAX_BODY = 1024 * 1024;

export const isForm = (c: Context): boolean => /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '');

/** Throws if another middleware has already consumed the body. */
export function refuseUsedBody(c: Context): void {
  if (c.req.raw.bodyUsed)
    throw new Error('another middleware already read the request body: mount jobs.routes before body parsers');
}

const limit = bodyLimit({
  maxSize: MAX_BODY,
  onError: () => {
    throw new JobsError('PAYLOAD_TOO_LARGE', `The body is too large: at most ${MAX_BODY} bytes.`);
  },
});

/** For readers that have no limit of their own. Throws `PAYLOAD_TOO_LARGE` for a body above that of JSON, before it answers. */
export async function answerWithLimit(c: Context, answer: () => Promise<Response>): Promise<Response> {
  refuseUsedBody(c);
  let response: Response | undefined;
  await limit(c, async () => {
    response = await answer();
  });
  return response as Response;
}
