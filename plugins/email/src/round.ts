// One attempt over the pending recipients of a mail: skips suppressed ones, and records each send before and after.
import type { Logger, PluginClock } from '@phraseworks/sdk';
import { domainOf } from './address.ts';
import type { Connection } from './connection.ts';
import type { Deliveries } from './deliveries.ts';
import { letterFor } from './letter.ts';
import { MailError } from './mail-error.ts';
import type { EmailMessage } from './message.ts';
import { isNoSuchAddress, type Outcome } from './outcome.ts';
import type { Report } from './report.ts';
import type { Suppressions } from './suppressions.ts';
import type { DeliveryRow } from './tables.ts';
import { NoTurn, type Throttle, type Turn } from './throttle.ts';
import type { UnsubscribeLinks } from './unsubscribe-link.ts';

export interface RoundParts {
  deliveries: Deliveries;
  suppressions: Suppressions;
  connect: () => Promise<Connection>;
  throttle: Throttle;
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
/** Milliseconds until the next attempt of a mail whose attempt was too short. */
const CONTINUE_AFTER = 1_000;

export function createRound(parts: RoundParts): Round {
  const { deliveries, suppressions, throttle, links, clock } = parts;

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
    const all = waiting.length;

    async function nextTurn(): Promise<Turn | undefined> {
      // Send at least one, or a slow start would loop forever.
      const inTime = waiting.length === all || clock.now() < until;
      if (inTime) {
        const domains = new Set(waiting.map((row) => domainOf(row.recipient).toLowerCase()));
        try {
          return await throttle.take([...domains], { signal, until });
        } catch (error) {
          if (!(error instanceof NoTurn)) throw error;
          report.later = error.delay;
        }
      }
      report.stop = 'LATER';
      report.later ??= CONTINUE_AFTER;
      return undefined;
    }

    while (waiting.length > 0) {
      signal.throwIfAborted();
      const turn = await nextTurn();
      if (!turn) break;
      try {
        const at = waiting.findIndex((row) => domainOf(row.recipient).toLowerCase() === turn.domain);
        const [row] = waiting.splice(Math.max(at, 0), 1);
        if (!row) break;
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
        progress(rows.length - waiting.length, rows.length);
        report.stop = outcome.stop;
        if (outcome.stop) break;
      } finally {
        turn.leave();
      }
    }
    return report;
  };
}
