// What became of a mail for each recipient, and why one was not sent: an error that a processor can throw or turn into its result.

/** A recipient who did not get the mail, with the server's response. */
export interface Refusal {
  to: string;
  response: string;
}

export interface EmailResult {
  /** Of the first recipient. */
  messageId: string;
  accepted: string[];
  /** Permanently (5xx), or bounced. */
  refused: Refusal[];
  /** Temporarily (4xx), or not tried yet. */
  deferred: Refusal[];
  /** Skipped: unsubscribed, or earlier mail bounced. */
  suppressed: Refusal[];
  /** Where the mail can be read, below the mount point; only with the local mailbox. */
  mailbox?: string;
}

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
  | 'SERVER_BUSY'
  | 'UNREACHABLE'
  | 'LATER'
  | 'BUSY';

/** A retry may succeed; all other codes are final. */
const PASSING: ReadonlySet<MailErrorCode> = new Set(['DEFERRED', 'SERVER_BUSY', 'UNREACHABLE', 'LATER', 'BUSY']);

/** `retryable` and `retryDelay` (milliseconds) are what the job system reads from a thrown error. */
export class MailError extends Error {
  override readonly name = 'MailError';
  readonly code: MailErrorCode;
  readonly retryable: boolean;
  readonly retryDelay: number | undefined;
  /** The outcome per recipient, if sending had started. */
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
