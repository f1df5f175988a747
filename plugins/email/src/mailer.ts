// Sending: one transaction per recipient, each fenced by its delivery row. Used by the processor and, as a service, by other plugins.
import { randomUUID } from 'node:crypto';
import { type HooksApi, type Logger, token } from '@phraseworks/sdk';
import { domainOf } from './address.ts';
import type { Connection } from './connection.ts';
import { everybody, type OutgoingMail } from './data.ts';
import type { Deliveries } from './deliveries.ts';
import { isShared, letterFor } from './letter.ts';
import type { EmailResult } from './mail-error.ts';
import { MailError } from './mail-error.ts';
import { type Compose, checkMessage, type EmailMessage } from './message.ts';
import { type Report, resultOf, verdict } from './report.ts';
import type { Round } from './round.ts';
import type { DeliveryRow } from './tables.ts';

export interface SendOptions {
  /** Names this sending (a job's id: A-Z, a-z, 0-9, dot, dash, underscore; at most 64). The same id never mails an accepted recipient twice. */
  id?: string;
  /** Aborts the sending. */
  signal?: AbortSignal;
  /** Retry permanently rejected recipients; called only if there are any. */
  again?: () => Promise<boolean>;
  /** Milliseconds since 1970. No mail starts later; `LATER` is thrown if some are left. */
  until?: number;
  log?: Logger;
  /** False: write no rows and skip the suppression list, while the database is unavailable. True by default. */
  record?: boolean;
  /** After each recipient. */
  progress?: (processed: number, total: number) => void;
}

export interface Mailer {
  /**
   * Sends now. Resolves if every recipient is settled (accepted, rejected or suppressed) and at least one was accepted.
   * Otherwise throws `MailError`, or `Veto` if a filter refused.
   */
  send(message: OutgoingMail, options?: SendOptions): Promise<EmailResult>;
}

export const Mailer = token<Mailer>('email/mailer');

const ID = /^[A-Za-z0-9._-]{1,64}$/;
const ID_RULE = 'must be 1 to 64 of A-Z, a-z, 0-9, dot, dash, underscore';

export interface MailerParts {
  compose: Compose;
  deliveries: Deliveries;
  connect: () => Promise<Connection>;
  /** Sends to the pending recipients. */
  round: Round;
  applyFilters: HooksApi['applyFilters'];
  log: Logger;
  /** Fires when the plugin stops. */
  signal: AbortSignal;
  /** Days. */
  keepDeliveries: number;
}

export function createMailer({ compose, deliveries, round, ...parts }: MailerParts): Mailer {
  async function unrecorded(message: EmailMessage, id: string, signal: AbortSignal): Promise<EmailResult> {
    const connection = await parts.connect();
    const report: Report = { rows: [], stop: undefined };
    for (const [n, recipient] of everybody(message).entries()) {
      const row: DeliveryRow = {
        ...{ job_id: id, recipient, message_id: `<${id}.${n + 1}@${domainOf(message.from)}>`, state: 'sending' },
        ...{ response: '', attempts: 1, at: 0, address: recipient.toLowerCase() },
      };
      const outcome = await connection.send(letterFor(message, row), signal);
      report.rows.push({ ...row, ...outcome });
      report.stop ??= outcome.stop;
    }
    return settled(report);
  }

  return {
    async send(data, options = {}) {
      const id = options.id ?? randomUUID();
      if (!ID.test(id)) throw new MailError('INVALID_MESSAGE', `id ${ID_RULE}`);
      const signal = AbortSignal.any([parts.signal, ...(options.signal ? [options.signal] : [])]);
      signal.throwIfAborted();
      const message = checkMessage(await parts.applyFilters('email:message', await compose(data), { id }));
      if (options.record === false) return unrecorded(message, id, signal);
      await deliveries.prune(parts.keepDeliveries);
      const recipients = everybody(message);
      const host = domainOf(message.from);
      const rows = await deliveries.open({ jobId: id, recipients, host, shared: isShared(message) });
      const report = await round(message, rows, {
        signal,
        log: options.log ?? parts.log,
        again: options.again ?? (async () => false),
        until: options.until ?? Number.POSITIVE_INFINITY,
        progress: options.progress ?? (() => {}),
      });
      return settled(report);
    },
  };
}

function settled(report: Report): EmailResult {
  const error = verdict(report);
  if (error) throw error;
  return resultOf(report);
}
