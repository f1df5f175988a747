// Errors as application/problem+json, from the closed table of codes; they never quote what the caller sent.
import { ERRORS, JobsError, type Logger, Veto } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { messageOf, stackOf } from '../kernel/errors.ts';
import { mountPointOf } from './mount.ts';
import { problemPage } from './plain-page.ts';

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

/** Checks the name, not the class: two copies of the SDK in one process have two classes. */
const isOurs = (thrown: unknown): thrown is JobsError =>
  thrown instanceof Error &&
  thrown.name === 'JobsError' &&
  Object.hasOwn(ERRORS, String((thrown as JobsError).code)) &&
  Array.isArray((thrown as JobsError).errors);

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
  if (error !== thrown && error.code === 'INTERNAL')
    log.error('a request failed:', stackOf(thrown) ?? messageOf(thrown));
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
