// Errors as application/problem+json, from the closed table of codes; they never quote what the caller sent.
import { ERRORS, type ErrorCode, type FieldError, JobsError, type Logger, Veto } from '@phraseworks/sdk';
import type { Context } from 'hono';
import { html } from 'hono/html';
import { messageOf, stackOf } from '../kernel/errors.ts';
import { mountPointOf } from './mount.ts';
import { plainPage, sentence } from './plain-page.ts';

interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  errors?: FieldError[];
}

/** Seconds before a retry, unless the error says otherwise. */
const RETRY_AFTER = 5;

/** A thrown value as a problem document; `base` is where the job system is mounted. */
function problemOf(thrown: unknown, base: string): Problem {
  const error = known(thrown);
  const { status, title } = ERRORS[error.code];
  const problem: Problem = {
    type: `${base}/api/docs#${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
  };
  return error.errors.length > 0 ? { ...problem, errors: [...error.errors] } : problem;
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

/** Title and detail are our own text; escape them anyway. */
function problemPage({ title, detail, status, code }: Problem, headers: Record<string, string>): Response {
  return plainPage({
    title,
    body: html`${sentence(detail)}<p><small>${status} ${code}</small></p>`,
    status,
    headers,
  });
}

export const noSuchAddress = (): JobsError =>
  new JobsError('NOT_FOUND', 'Address not found. api/openapi.json lists the available routes.');
