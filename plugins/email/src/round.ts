// One attempt over the pending recipients of a mail: skips suppressed ones, and records each send before and after.
import type { Logger, PluginClock } from '@phraseworks/sdk';
import type { Connection } from './connection.ts';
import type { Deliveries } from './deliveries.ts';
import { letterFor } from './letter.ts';
import { MailError } from './mail-error.ts';
import type { EmailMessage } from './message.ts';
import { isNoSuchAddress, type Outcome } from './outcome.ts';
import type { Report } from './report.ts';
import type { Suppressions } from './suppressions.ts';
import type { DeliveryRow } from './tables.ts';
import type { UnsubscribeLinks } from './unsubscribe-link.ts';

export interface RoundParts {
  deliveries: Deliveries;
  suppressions: Suppressions;
  connect: () => Promise<Connection>;
  links: UnsubscribeLinks;
  clock: PluginClock;
}

export interface RoundOptions {
  signal: AbortSignal;
  log: Logger;
  again: () => Promise<boolean>;
  until: number;
  progress: (processed: number, total: number) => void;
}

export type Round = (message: EmailMessage, rows: DeliveryRow[], options: RoundOptions) => Promise<Report>;

/** Final unless a user retries the job. */
const CLOSED: ReadonlySet<string> = new Set(['refused', 'bounced', 'suppressed']);

export function createRound(parts: RoundParts): Round {
  const { deliveries, suppressions, links, clock } = parts;

  async function waitingOf(rows: DeliveryRow[], again: () => Promise<boolean>): Promise<DeliveryRow[]> {
    const open = rows.filter((row) => row.state !== 'accepted');
    if (!open.some((row) => CLOSED.has(row.state)) || (await again())) return open;
    return open.filter((row) => !CLOSED.has(row.state));
  }

  /** All that can fail before the row says that a mail is on its way. An address on the suppression list gets none. */
  async function prepare(row: DeliveryRow, message: EmailMessage): Promise<(signal: AbortSignal) => Promise<Outcome>> {
    const kept = await suppressions.find(row.recipient, message.category);
    if (kept) return async () => ({ state: 'suppressed', response: `on the suppression list: ${kept.reason}` });
    const link = message.category === 'bulk' ? await links.linkFor(row.recipient) : undefined;
    const own = link === undefined || links.mark === undefined ? undefined : { mark: links.mark, link };
    const connection = await parts.connect();
    return (signal) => connection.send(letterFor(message, row, own), signal);
  }

  return async (message, rows, { signal, log, again, until, progress }) => {
    const report: Report = { rows: [...rows], stop: undefined };
    const waiting = await waitingOf(rows, again);
    for (const [n, row] of waiting.entries()) {
      signal.throwIfAborted();
      // Send at least one, or a slow start would loop forever.
      if (n > 0 && clock.now() >= until) {
        report.stop = 'LATER';
        break;
      }
      const place = rows.indexOf(row);
      const send = await prepare(row, message);
      const started = await deliveries.start(row);
      if (!started) throw new MailError('BUSY', 'another attempt is sending this mail');
      if (row.state === 'sending')
        log.warn('the last attempt ended while this mail was being sent: it may arrive twice');
      const outcome = await send(signal);
      // Retry once, since an accepted mail without a record would be sent again.
      const settled = await deliveries.settle(started, outcome).catch(() => deliveries.settle(started, outcome));
      report.rows[place] = settled;
      if (outcome.state === 'refused' && isNoSuchAddress(outcome.response)) {
        await suppressions.add(row.recipient, 'bounced', outcome.response);
      }
      log.info(`recipient ${place + 1} of ${rows.length}: ${outcome.state}, ${outcome.response}`);
      signal.throwIfAborted();
      progress(rows.length - waiting.length + n + 1, rows.length);
      report.stop = outcome.stop;
      if (outcome.stop) break;
    }
    return report;
  };
}
