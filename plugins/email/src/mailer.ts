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
import { type Composer, checkMessage, type EmailMessage } from './message.ts';
import { type Report, resultOf, verdict } from './report.ts';
import type { Round } from './round.ts';
import type { DeliveryRow } from './tables.ts';

type Stoppable = <T>(own: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** `work` is given a signal that fires with `own` or with `common`, for the same reason; throws that reason when it has fired already. */
function createStoppable(common: AbortSignal): Stoppable {
  const running = new Set<AbortController>();
  const stopAll = () => {
    for (const controller of running) controller.abort(common.reason);
  };
  common.addEventListener('abort', stopAll, { once: true });

  return async (own, work) => {
    common.throwIfAborted();
    own?.throwIfAborted();
    const controller = new AbortController();
    const stop = () => controller.abort(own?.reason);
    running.add(controller);
    own?.addEventListener('abort', stop, { once: true });
    try {
      return await work(controller.signal);
    } finally {
      running.delete(controller);
      own?.removeEventListener('abort', stop);
    }
  };
}

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
  composer: Composer;
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

export function createMailer({ composer, deliveries, round, ...parts }: MailerParts): Mailer {
  const stoppable = createStoppable(parts.signal);

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
    const error = verdict(report);
    if (error) throw error;
    return resultOf(report);
  }

  return {
    async send(data, options = {}) {
      const id = options.id ?? randomUUID();
      if (!ID.test(id)) throw new MailError('INVALID_MESSAGE', `id ${ID_RULE}`);
      return stoppable(options.signal, async (signal) => {
        const composed = await composer.compose(data);
        const message = checkMessage(await parts.applyFilters('email:message', composed, { id }));
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
        const error = verdict(report);
        if (error) throw error;
        return resultOf(report);
      });
    },
  };
}
