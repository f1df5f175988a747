// Sending: one transaction per recipient, each fenced by its delivery row. Used by the processor and, as a service, by other plugins.
import { randomUUID } from 'node:crypto';
import type { HooksApi, Logger } from '@phraseworks/sdk';
import { token } from '@phraseworks/sdk';
import { domainOf } from './address.ts';
import type { Connection } from './connection.ts';
import type { EmailData, EmailResult } from './data.ts';
import type { Deliveries } from './deliveries.ts';
import { MailError } from './mail-error.ts';
import type { Composer, EmailMessage } from './message.ts';
import { checkMessage } from './message.ts';
import type { Report } from './report.ts';
import { resultOf, verdict } from './report.ts';
import { createStoppable } from './stoppable.ts';
import type { DeliveryRow } from './tables.ts';

export interface SendOptions {
  /** Names this sending (a job's id: A-Z, a-z, 0-9, dot, dash, underscore; at most 64). The same id never mails an accepted recipient twice. */
  id?: string;
  /** Stops the connection. */
  signal?: AbortSignal;
  /** Try those again who were refused for good before. */
  again?: boolean;
  log?: Logger;
  /** After each recipient. */
  progress?: (processed: number, total: number) => void;
}

export interface Mailer {
  /**
   * Sends now, over SMTP. Resolves when each recipient has been accepted or refused for good, and at least one was accepted.
   * Throws `MailError` otherwise (its `retryable` is what the job system reads), and `Veto` when a filter refused.
   */
  send(message: EmailData, options?: SendOptions): Promise<EmailResult>;
}

export const Mailer = token<Mailer>('email/mailer');

const ID = /^[A-Za-z0-9._-]{1,64}$/;
const ID_RULE = 'must be 1 to 64 of A-Z, a-z, 0-9, dot, dash, underscore';

export interface MailerParts {
  composer: Composer;
  deliveries: Deliveries;
  connect: () => Promise<Connection>;
  applyFilters: HooksApi['applyFilters'];
  log: Logger;
  /** Fires when the plugin is switched off. */
  signal: AbortSignal;
  /** Days. */
  keepDeliveries: number;
}

export function createMailer(parts: MailerParts): Mailer {
  const { composer, deliveries } = parts;
  const stoppable = createStoppable(parts.signal);

  async function deliver(
    message: EmailMessage,
    rows: DeliveryRow[],
    options: SendOptions,
    signal: AbortSignal,
  ): Promise<Report> {
    const log = options.log ?? parts.log;
    const waiting = rows.filter(
      (row) => row.state !== 'accepted' && (row.state !== 'refused' || options.again === true),
    );
    const report: Report = { rows: [...rows], stop: undefined };
    if (waiting.length === 0) return report;
    const connection = await parts.connect();
    try {
      for (const row of waiting) {
        signal.throwIfAborted();
        const started = await deliveries.start(row);
        if (!started) throw new MailError('BUSY', 'another attempt is sending this mail');
        const { from, fromName, replyTo, subject, html, text } = message;
        const letter = { from, fromName, replyTo, subject, html, text, to: row.recipient, messageId: row.message_id };
        if (row.state === 'sending')
          log.warn('the last attempt ended while this mail was on its way: it may arrive twice');
        const outcome = await connection.send(letter, signal);
        // Tried twice: an accepted mail that is not noted would be sent again.
        const settled = await deliveries.settle(started, outcome).catch(() => deliveries.settle(started, outcome));
        report.rows[rows.indexOf(row)] = settled;
        log.info(`recipient ${rows.indexOf(row) + 1} of ${rows.length}: ${outcome.state}, ${outcome.response}`);
        signal.throwIfAborted();
        options.progress?.(rows.indexOf(row) + 1, rows.length);
        report.stop = outcome.stop;
        if (outcome.stop) break;
      }
    } finally {
      connection.close();
    }
    return report;
  }

  return {
    async send(data, options = {}) {
      const id = options.id ?? randomUUID();
      if (!ID.test(id)) throw new MailError('INVALID_MESSAGE', `id ${ID_RULE}`);
      return stoppable(options.signal, async (signal) => {
        const composed = await composer.compose(data);
        const message = checkMessage(await parts.applyFilters('email:message', composed, { id }));
        await deliveries.prune(parts.keepDeliveries);
        const rows = await deliveries.open(id, message.to, domainOf(message.from));
        const report = await deliver(message, rows, options, signal);
        const error = verdict(report);
        if (error) throw error;
        return resultOf(report);
      });
    },
  };
}
