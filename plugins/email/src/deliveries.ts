// Delivery rows: which recipients of a job have the mail. Each send is recorded before and after, so that a crash does not send twice.
import type { PluginClock } from '@phraseworks/sdk';
import { distinct } from './address.ts';
import type { Outcome } from './outcome.ts';
import type { Database, DeliveryRow } from './tables.ts';

const TABLE = 'pwj_email_deliveries';
const DAY = 86_400_000;
const PRUNE_EVERY = 60_000;
const PRUNE_ROWS = 500;

export interface NewDeliveries {
  jobId: string;
  recipients: readonly string[];
  /** The host part of the Message-IDs. */
  host: string;
  /** All recipients get the same mail with one Message-ID. */
  shared: boolean;
}

export type Deliveries = ReturnType<typeof createDeliveries>;

export function createDeliveries(db: Database, clock: PluginClock) {
  let pruned = 0;

  const of = (row: DeliveryRow) =>
    db
      .updateTable(TABLE)
      .where('job_id', '=', row.job_id)
      .where('recipient', '=', row.recipient)
      .where('attempts', '=', row.attempts);

  return {
    /** A row per recipient, in order; existing rows stay unchanged. */
    async open({ jobId, recipients, host, shared }: NewDeliveries): Promise<DeliveryRow[]> {
      const rows = await db.selectFrom(TABLE).selectAll().where('job_id', '=', jobId).execute();
      const known = new Map(rows.map((row) => [row.recipient.toLowerCase(), row]));
      const wanted = distinct(recipients);
      const fresh = wanted
        .filter((recipient) => !known.has(recipient.toLowerCase()))
        .map((recipient, index) => ({
          job_id: jobId,
          recipient,
          message_id: shared ? `<${jobId}@${host}>` : `<${jobId}.${rows.length + index + 1}@${host}>`,
          state: 'queued' as const,
          response: '',
          attempts: 0,
          at: clock.now(),
          address: recipient.toLowerCase(),
        }));
      if (fresh.length > 0) await db.insertInto(TABLE).values(fresh).execute();
      for (const row of fresh) known.set(row.address, row);
      return wanted.flatMap((recipient) => known.get(recipient.toLowerCase()) ?? []);
    },

    /** Marks the row as being sent; null if another attempt already did. */
    async start(row: DeliveryRow): Promise<DeliveryRow | null> {
      const change = { state: 'sending' as const, attempts: row.attempts + 1, at: clock.now() };
      const done = await of(row).set(change).executeTakeFirst();
      return done.numUpdatedRows === 1n ? { ...row, ...change } : null;
    },

    async settle(row: DeliveryRow, { state, response }: Outcome): Promise<DeliveryRow> {
      const change = { state, response, at: clock.now() };
      await of(row).set(change).execute();
      return { ...row, ...change };
    },

    /** Deletes rows older than `days`, at most 500 once a minute. */
    async prune(days: number): Promise<void> {
      const now = clock.now();
      if (now - pruned < PRUNE_EVERY) return;
      pruned = now;
      const limit = now - days * DAY;
      const old = await db
        .selectFrom(TABLE)
        .select('job_id')
        .where('at', '<', limit)
        .orderBy('at')
        .limit(PRUNE_ROWS)
        .execute();
      const ids = [...new Set(old.map((row) => row.job_id))];
      if (ids.length > 0) await db.deleteFrom(TABLE).where('job_id', 'in', ids).where('at', '<', limit).execute();
    },
  };
}
