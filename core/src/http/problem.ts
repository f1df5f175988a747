// Errors as application/problem+json, from the closed table of codes; they never quote what the caller sent.
import { createHash } from 'node:crypto';
import { ERRORS, JobsError, type Logger, Veto } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import { isOurs, messageOf, stackOf } from '../kernel/errors.ts';
import { mountPointOf } from './mount.ts';

/** Seconds before a retry, unless the error says otherwise. */
const RETRY_AFTER = 5;

/** `base` is where the job system is mounted. */
function problemOf({ code, message: detail, errors }: JobsError, base: string) {
  const { status, title } = ERRORS[code];
  const problem = { type: `${base}/api/docs#${code}`, title, status, code, detail };
  return errors.length > 0 ? { ...problem, errors } : problem;
}

function known(thrown: unknown): JobsError {
  if (isOurs(thrown)) return thrown;
  if (thrown instanceof Veto) return new JobsError('VETOED', messageOf(thrown));
  return new JobsError('INTERNAL', 'The request failed; see the server log.');
}

function headersFor({ code, retryAfter }: JobsError): Record<string, string> {
  const retry = retryAfter ?? (code === 'QUEUE_FULL' || code === 'UNAVAILABLE' ? RETRY_AFTER : undefined);
  return {
    ...(retry === undefined ? {} : { 'Retry-After': String(retry) }),
    ...(code === 'UNAUTHORIZED' ? { 'WWW-Authenticate': 'Bearer' } : {}),
    // Otherwise the client would keep sending the rest of the body.
    ...(code === 'PAYLOAD_TOO_LARGE' ? { Connection: 'close' } : {}),
  };
}

/** The response to a thrown value. Logs foreign errors, and keeps their text out of the response. */
export function answerProblem(c: Context, thrown: unknown, log: Logger): Response {
  const error = known(thrown);
  if (error !== thrown && error.code === 'INTERNAL') {
    if (c.req.raw.signal.aborted) log.debug('a client went away during its request:', messageOf(thrown));
    else log.error('a request failed:', stackOf(thrown) ?? messageOf(thrown));
  }
  const problem = problemOf(error, mountPointOf(c));
  const headers = headersFor(error);
  if (isForPeople(c)) {
    // A page that is not there yet is asked for again.
    if (error.code === 'UNAVAILABLE' && c.req.method === 'GET') headers.Refresh = headers['Retry-After'] ?? '';
    return problemPage(problem, headers);
  }
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  });
}

/** A person followed a link, typed an address or sent a form in a browser. */
const isForPeople = (c: Context): boolean => (c.req.header('accept') ?? '').includes('text/html');

export const noSuchAddress = (): JobsError =>
  new JobsError('NOT_FOUND', 'Address not found. api/openapi.json lists the available routes.');

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#17201d, #e5eae8); --soft: light-dark(#5a6561, #98a49f);
  --paper: light-dark(#fff, #0f1312); --back: light-dark(#f6f8f7, #171c1a); --line: light-dark(#e4e8e6, #262d2a); }
* { box-sizing: border-box; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; padding: 16px; background: var(--back);
  color: var(--ink); font: .875rem/1.4286 Inter, system-ui, sans-serif; }
main { width: min(36rem, 100%); padding: 32px; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); }
h1 { margin: 0 0 12px; font-size: 1.25rem; line-height: 1.4; letter-spacing: -.015em; text-wrap: balance; }
p { margin: 0 0 16px; overflow-wrap: break-word; }
code { padding: 0 4px; border-radius: 4px; background: var(--back); font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
small { color: var(--soft); }
`;

const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** Title and detail are our own text; they are escaped anyway. */
function problemPage(
  { title, detail, status }: { title: string; detail: string; status: number },
  headers: Record<string, string>,
): Response {
  const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body><main><h1>${title}</h1>${sentence(detail)}<small>Error ${status}</small></main></body>
</html>`;
  const policy = `default-src 'none'; style-src ${STYLE_HASH}; script-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`;
  return new Response(String(page), {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
      'Cache-Control': 'no-store',
      ...headers,
    },
  });
}

/** A sentence; text between backticks is shown as code. */
const sentence = (text: string) =>
  html`<p>${text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}</p>`;
