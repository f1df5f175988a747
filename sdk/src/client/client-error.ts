// What a refused or failed request throws in the browser: the codes of the API, as the server's functions throw them.
import type { ErrorCode, FieldError } from '../errors.ts';

interface More {
  status?: number;
  errors?: readonly FieldError[];
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** `code` is from the closed list of the API; `errors` lists the wrong fields. Without an answer `code` is `UNAVAILABLE` and `status` 0. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  declare readonly code: ErrorCode;
  /** Of the HTTP answer; 0 when there was none. */
  declare readonly status: number;
  declare readonly errors: readonly FieldError[];
  /** Seconds after which a repeat makes sense. */
  declare readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, more: More = {}) {
    super(message, more);
    Object.assign(this, { code, status: 0, errors: [], ...more });
  }
}

/** The reason in an answer that is not a problem document of ours: a proxy or the host itself answered. */
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

/** `retryAfter` is the header of that name. */
export function errorOf(status: number, body: string, retryAfter: string | null): ClientError {
  const more = { status, retryAfter: Number(retryAfter) || undefined };
  try {
    const { code, detail, errors = [] } = JSON.parse(body) as Problem;
    if (code) return new ClientError(code, detail, { ...more, errors });
  } catch {
    // No JSON.
  }
  const code = BY_STATUS[status] ?? 'UNAVAILABLE';
  return new ClientError(code, `The server answered with status ${status}`, more);
}

/** Nothing came back. */
export const noAnswer = (cause?: unknown): ClientError =>
  cause instanceof ClientError ? cause : new ClientError('UNAVAILABLE', 'The server cannot be reached', { cause });

/** For a `catch`: null instead of these refusals. */
export const nullFor =
  (codes: readonly ErrorCode[]) =>
  (error: ClientError): null => {
    if (codes.includes(error.code)) return null;
    throw error;
  };
