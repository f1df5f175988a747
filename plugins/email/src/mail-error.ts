// Why a mail was not sent, in a form that a processor can return or let through.
import type { EmailResult } from './data.ts';

export type MailErrorCode =
  | 'INVALID_EMAIL'
  | 'INVALID_MESSAGE'
  | 'UNKNOWN_TEMPLATE'
  | 'MISSING_VARIABLE'
  | 'TEMPLATE_ERROR'
  | 'ATTACHMENT_GONE'
  | 'LOGIN_REFUSED'
  | 'SENDER_REFUSED'
  | 'REFUSED'
  | 'SUPPRESSED'
  | 'DEFERRED'
  | 'UNREACHABLE'
  | 'LATER'
  | 'BUSY';

/** These may be gone at the next try; all others are final. */
const PASSING: ReadonlySet<MailErrorCode> = new Set(['DEFERRED', 'UNREACHABLE', 'LATER', 'BUSY']);

/** `retryable` and `retryDelay` (milliseconds) are what the job system reads from a thrown error. */
export class MailError extends Error {
  override readonly name = 'MailError';
  readonly code: MailErrorCode;
  readonly retryable: boolean;
  readonly retryDelay: number | undefined;
  /** What is known of each recipient, once there was an attempt to send. */
  readonly result: EmailResult | undefined;

  constructor(
    code: MailErrorCode,
    message: string,
    more: { retryDelay?: number | undefined; result?: EmailResult } = {},
  ) {
    super(message);
    this.code = code;
    this.retryable = PASSING.has(code);
    this.retryDelay = more.retryDelay;
    this.result = more.result;
  }
}
