// What an attempt came to: the result that is stored, and whether it is a success, a retry or the end.
import type { EmailResult, Refusal } from './data.ts';
import type { MailErrorCode } from './mail-error.ts';
import { MailError } from './mail-error.ts';
import { isGreylisted } from './outcome.ts';
import type { DeliveryRow } from './tables.ts';

/** Milliseconds that a greylisting server is given; it refuses everything earlier. */
const GREYLIST_DELAY = 300_000;

export interface Report {
  rows: DeliveryRow[];
  /** Why the attempt ended before all recipients were tried. */
  stop: MailErrorCode | undefined;
}

const STORED = /\bstored as ([0-9a-z-]+)/i;

/** The local mailbox names the stored mail in its answer. */
export const storedAs = (id: string): string => `stored as ${id}`;

export function resultOf({ rows }: Report): EmailResult {
  const refusal = (row: DeliveryRow): Refusal => ({ to: row.recipient, response: row.response });
  const accepted = rows.filter((row) => row.state === 'accepted');
  const stored = accepted.map((row) => STORED.exec(row.response)?.[1]).find((id) => id !== undefined);
  return {
    messageId: rows[0]?.message_id ?? '',
    accepted: accepted.map((row) => row.recipient),
    refused: rows.filter((row) => row.state === 'refused').map(refusal),
    deferred: rows.filter((row) => row.state !== 'accepted' && row.state !== 'refused').map(refusal),
    ...(stored === undefined ? {} : { mailbox: `/plugins/email/mailbox/${stored}` }),
  };
}

const count = (part: number, all: number): string => (all === 1 ? 'the recipient' : `${part} of ${all} recipients`);

/** Null when every recipient is settled and at least one has the mail. */
export function verdict(report: Report): MailError | null {
  const { rows, stop } = report;
  const result = resultOf(report);
  const answer = (list: Refusal[]) => list.find((one) => one.response !== '')?.response ?? 'not tried yet';
  if (stop === 'LOGIN_REFUSED') {
    return new MailError(stop, `the SMTP server refused the login (check transport.auth): ${answer(result.deferred)}`, {
      result,
    });
  }
  if (stop === 'SENDER_REFUSED') {
    return new MailError(stop, `the SMTP server refused the sender (check from): ${answer(result.deferred)}`, {
      result,
    });
  }
  if (result.deferred.length > 0) {
    const greylisted = result.deferred.some((one) => isGreylisted(one.response));
    return new MailError(
      stop ?? 'DEFERRED',
      `not delivered yet to ${count(result.deferred.length, rows.length)}: ${answer(result.deferred)}`,
      { result, retryDelay: greylisted ? GREYLIST_DELAY : undefined },
    );
  }
  if (result.accepted.length > 0) return null;
  return new MailError(
    'REFUSED',
    `refused for good for ${count(rows.length, rows.length)}: ${answer(result.refused)}`,
    { result },
  );
}
