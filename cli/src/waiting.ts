// What a site answers while it starts: it is alive, not ready, and says when to ask again.
import { ERRORS } from '@phraseworks/jobs/internals/base';

const RETRY_AFTER = '5';

/** `mountPath` is where the job system will be. */
export function waitingAnswers(mountPath: string): (request: Request) => Response {
  return (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === `${mountPath}/health`) return Response.json({ status: 'ok' });
    const headers = { 'retry-after': RETRY_AFTER, 'cache-control': 'no-store' };
    if (pathname === `${mountPath}/ready`)
      return Response.json({ ready: false, reason: 'starting' }, { status: 503, headers });
    const { status, title } = ERRORS.UNAVAILABLE;
    const detail = 'The site is starting and waits for its database.';
    return Response.json(
      { type: `${mountPath}/api/docs#UNAVAILABLE`, title, status, code: 'UNAVAILABLE', detail },
      { status, headers: { ...headers, 'content-type': 'application/problem+json' } },
    );
  };
}
