// The outcome of one recipient, from the SMTP reply or error, and whether the other recipients can still be tried.
import { oneLine } from '@phraseworks/sdk';
import { shortened } from '@phraseworks/sdk/secrets';
import type { MailErrorCode } from './mail-error.ts';

export const STATES = ['queued', 'sending', 'accepted', 'deferred', 'refused', 'bounced', 'suppressed'] as const;
export type DeliveryState = (typeof STATES)[number];

export interface Outcome {
  /**
   * `refused`: permanent (5xx). `deferred`: temporary (4xx). `queued`: the server was not reached.
   * `suppressed`: skipped because of the suppression list.
   */
  state: Exclude<DeliveryState, 'sending' | 'bounced'>;
  /** The server's response, or our own description. */
  response: string;
  /** Set if no other recipient can be tried in this attempt. */
  stop?: MailErrorCode;
}

export const OUTCOME_UNKNOWN =
  'outcome unknown: the connection was lost after the whole mail had been sent, so it may arrive twice (with the same Message-ID)';

/** Greylisting servers want some minutes, not seconds. */
export const isGreylisted = (response: string): boolean => /^4\d\d\b.*\bgr[ae]y-?list/is.test(response);

/** The server reports that the address does not exist. */
export const isNoSuchAddress = (response: string): boolean => /^5\d\d[ -]5\.1\.(?:1|2|3|6|10)\b/.test(response);

/** One line without control characters; servers may send anything. */
export const cleanResponse = (text: string): string => shortened(oneLine(text), 300);

const UNREACHED: Record<string, string> = {
  ETIMEDOUT: 'the SMTP server did not answer in time',
  EDNS: 'the name of the SMTP server was not found',
  ETLS: 'TLS with the SMTP server failed',
  ESOCKET: 'the SMTP server could not be reached',
  ECONNECTION: 'the SMTP server closed the connection',
  EPROTOCOL: 'the SMTP server gave an answer that is not SMTP',
  EABORT: 'stopped before the mail was handed over',
};

const LOGIN: ReadonlySet<string> = new Set(['EAUTH', 'ENOAUTH', 'EOAUTH2']);

interface SmtpFailure {
  code: string;
  command?: string;
  response?: string;
  responseCode?: number;
  permanent?: boolean;
}

function asFailure(error: unknown): SmtpFailure | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? (error as SmtpFailure) : null;
}

/** Interprets a server reply: what it refers to, and whether it is permanent. */
function readReply({ responseCode, command, permanent }: SmtpFailure, response: string): Outcome {
  // The server accepts no mail for now, which says nothing about this one.
  if (responseCode === 421) return { state: 'deferred', response, stop: 'SERVER_BUSY' };
  if (command === 'RCPT TO' || command === 'DATA') return { state: permanent ? 'refused' : 'deferred', response };
  if (command !== 'MAIL FROM') return { state: 'queued', response, stop: 'UNREACHABLE' };
  return permanent
    ? { state: 'queued', response, stop: 'SENDER_REFUSED' }
    : { state: 'deferred', response, stop: 'SERVER_BUSY' };
}

/**
 * Interprets nodemailer's error. `sent`: the last byte of the mail had been sent.
 * Null for an error unrelated to SMTP, which is a bug.
 */
export function readFailure(error: unknown, sent: boolean): Outcome | null {
  const failure = asFailure(error);
  if (!failure) return null;
  const { code } = failure;
  const response = cleanResponse(failure.response ?? UNREACHED[code] ?? `the mail could not be handed over (${code})`);
  if (LOGIN.has(code)) {
    const final = failure.permanent === true || code === 'ENOAUTH';
    return { state: 'queued', response, stop: final ? 'LOGIN_REFUSED' : 'UNREACHABLE' };
  }
  if (failure.responseCode) return readReply(failure, response);
  if (code === 'EMESSAGE') return { state: 'refused', response: 'the mail is larger than the SMTP server allows' };
  if (sent) return { state: 'deferred', response: OUTCOME_UNKNOWN, stop: 'UNREACHABLE' };
  return { state: 'queued', response, stop: 'UNREACHABLE' };
}
