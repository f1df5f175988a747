// The result of an attempt, and whether it is a success, a retry or a failure.
import type { EmailResult, MailErrorCode, Refusal } from './mail-error.ts';
import { MailError } from './mail-error.ts';
import { type DeliveryState, isGreylisted } from './outcome.ts';
import type { DeliveryRow } from './tables.ts';

/** Milliseconds that a greylisting server is given; it refuses everything earlier. */
const GREYLIST_DELAY = 300_000;
/** Milliseconds until the next attempt of a mail whose attempt was too short. */
const CONTINUE_AFTER = 1_000;

export interface Report {
  rows: DeliveryRow[];
  /** Why the attempt stopped early. */
  stop: MailErrorCode | undefined;
}

const STORED = /\bstored as ([0-9a-z-]+)/i;

export const storedAs = (id: string): string => `stored as ${id}`;

export function resultOf({ rows }: Report): EmailResult {
  const among = (...states: DeliveryState[]) => rows.filter((row) => states.includes(row.state));
  const refusals = (...states: DeliveryState[]): Refusal[] =>
    among(...states).map((row) => ({ to: row.recipient, response: row.response }));
  const accepted = among('accepted');
  const stored = accepted.map((row) => STORED.exec(row.response)?.[1]).find((id) => id !== undefined);
  return {
    messageId: rows[0]?.message_id ?? '',
    accepted: accepted.map((row) => row.recipient),
    refused: refusals('refused', 'bounced'),
    deferred: refusals('queued', 'sending', 'deferred'),
    suppressed: refusals('suppressed'),
    ...(stored === undefined ? {} : { mailbox: `/plugins/email/mailbox/${stored}` }),
  };
}

const count = (part: number, all: number): string => (all === 1 ? 'the recipient' : `${part} of ${all} recipients`);

/** Null if every recipient is settled and at least one accepted. */
export function verdict(report: Report): MailError | null {
  const { rows, stop } = report;
  const result = resultOf(report);
  const { accepted, refused, deferred, suppressed } = result;
  const answer = (list: Refusal[]) => list.find((one) => one.response !== '')?.response ?? 'not tried yet';
  const error = (code: MailErrorCode, message: string, retryDelay?: number) =>
    new MailError(code, message, { result, retryDelay });

  if (stop === 'LOGIN_REFUSED')
    return error(stop, `the SMTP server refused the login (check transport.auth): ${answer(deferred)}`);
  if (stop === 'SENDER_REFUSED')
    return error(stop, `the SMTP server refused the sender (check from): ${answer(deferred)}`);
  if (stop === 'LATER')
    return error(
      stop,
      `${count(deferred.length, rows.length)} must wait: this attempt ran out of time`,
      CONTINUE_AFTER,
    );
  if (deferred.length > 0) {
    const greylisted = deferred.some((one) => isGreylisted(one.response));
    return error(
      stop ?? 'DEFERRED',
      `not delivered yet to ${count(deferred.length, rows.length)}: ${answer(deferred)}`,
      greylisted ? GREYLIST_DELAY : undefined,
    );
  }
  if (accepted.length > 0) return null;
  if (refused.length > 0)
    return error('REFUSED', `refused for good for ${count(refused.length, rows.length)}: ${answer(refused)}`);
  return error('SUPPRESSED', `not sent to ${count(suppressed.length, rows.length)}: ${answer(suppressed)}`);
}
