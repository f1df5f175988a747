// Errors of failed requests in the browser, with the same codes as the server's functions.
import type { ErrorCode, FieldError } from '../errors.ts';

interface More {
  status?: number;
  errors?: readonly FieldError[];
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** `code` is from the API's closed list; `errors` lists the wrong fields. Without a response, `code` is `UNAVAILABLE` and `status` 0. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  declare readonly code: ErrorCode;
  /** The HTTP status; 0 if there was no response. */
  declare readonly status: number;
  declare readonly errors: readonly FieldError[];
  /** Seconds after which to retry. */
  declare readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, more: More = {}) {
    super(message, more);
    Object.assign(this, { code, status: 0, errors: [], ...more });
  }
}

/** The reason in a response that is not our problem document, from a proxy or the host. */
const BY_STATUS: Record<number, ErrorCode> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
};

interface Problem {
  code: ErrorCode;
  detail: string;
  errors?: FieldError[];
}

/** `retryAfter`: the header with that name. */
export function errorOf(status: number, body: string, retryAfter: string | null): ClientError {
  const more = { status, retryAfter: Number(retryAfter) || undefined };
  try {
    const { code, detail, errors = [] } = JSON.parse(body) as Problem;
    if (code) return new ClientError(code, detail, { ...more, errors });
  } catch {
    // No JSON.
  }
  const code = BY_STATUS[status] ?? 'UNAVAILABLE';
  return new ClientError(code, `The server answered with status ${status}`, { ...more, cause: body });
}

/** There was no response. */
export const noAnswer = (cause?: unknown): ClientError =>
  cause instanceof ClientError ? cause : new ClientError('UNAVAILABLE', 'The server cannot be reached', { cause });

/** For `catch`: returns null for these refusals. */
export const nullFor =
  (codes: readonly ErrorCode[]) =>
  (error: ClientError): null => {
    if (codes.includes(error.code)) return null;
    throw error;
  };
