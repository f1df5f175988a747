// Reads delivery rows by job, address or time, and records bounces of accepted mail.
import { dailyFigures, type Figure, type PluginClock } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { newestFirst, type Page, type Paging } from './cursor.ts';
import { cleanResponse, type DeliveryState } from './outcome.ts';
import type { Database, DeliveryRow } from './tables.ts';

const TABLE = 'pwj_email_deliveries';
const DAY = 86_400_000;

export interface DeliveryFilter extends Paging {
  jobId?: string | undefined;
  address?: string | undefined;
  state?: DeliveryState | undefined;
}

/** How many recipients a state had on a day of a period, which begins at `at`. */
export interface DayCount {
  state: DeliveryState;
  at: number;
  count: number;
}

export type Tracking = ReturnType<typeof createTracking>;

/** `<job.3@host>` and `<job@host>` belong to the job `job`; its own name may end with a number, too. */
function jobsOf(messageId: string): string[] {
  const local = /^<?([A-Za-z0-9._-]{1,80})@/.exec(messageId)?.[1] ?? '';
  return [local, local.replace(/\.\d+$/, '')];
}

export function createTracking(db: Database, clock: PluginClock) {
  async function findSent(address: string, messageId: string | undefined) {
    const mine = db.selectFrom(TABLE).selectAll().where('address', '=', address.toLowerCase());
    if (messageId === undefined) {
      return mine.where('state', '=', 'accepted').orderBy('at', 'desc').limit(1).executeTakeFirst();
    }
    const exact = messageId.startsWith('<') ? messageId : `<${messageId}>`;
    const sent = mine.where('job_id', 'in', jobsOf(exact)).where('message_id', '=', exact);
    // A mail whose final reply was lost may have been accepted.
    return sent.where('state', 'in', ['accepted', 'deferred']).executeTakeFirst();
  }

  return {
    /** Newest first. */
    async list({ jobId, address, state, ...paging }: DeliveryFilter): Promise<Page<DeliveryRow>> {
      let query = db.selectFrom(TABLE).selectAll();
      if (jobId !== undefined) query = query.where('job_id', '=', jobId);
      if (address !== undefined) query = query.where('address', '=', address.toLowerCase());
      if (state !== undefined) query = query.where('state', '=', state);
      return newestFirst(query, ['job_id', 'recipient'], paging);
    },

    /** By the last change of each row; `to` exclusive. */
    async count(from: number, to: number): Promise<DayCount[]> {
      // Whole days by the remainder: the engines divide differently, but agree on this.
      const passed = sql<number>`(at - ${sql.lit(from)}) - ((at - ${sql.lit(from)}) % ${sql.lit(DAY)})`;
      const rows = await db
        .selectFrom(TABLE)
        .select((e) => ['state', passed.as('passed'), e.fn.countAll<number | string>().as('count')])
        .where('at', '>=', from)
        .where('at', '<', to)
        .groupBy(['state', 'passed'])
        .execute();
      return rows.map(({ state, passed: ms, count }) => ({ state, at: from + Number(ms), count: Number(count) }));
    },

    /**
     * Records the bounce of an accepted mail; without a Message-ID, of the newest mail to the address.
     * False if no delivery matches or the bounce is already recorded.
     */
    async bounced(address: string, messageId: string | undefined, response: string): Promise<boolean> {
      const row = await findSent(address, messageId);
      if (!row) return false;
      const done = await db
        .updateTable(TABLE)
        .set({ state: 'bounced', response: cleanResponse(response), at: clock.now() })
        .where('job_id', '=', row.job_id)
        .where('recipient', '=', row.recipient)
        .where('attempts', '=', row.attempts)
        .where('state', '=', row.state)
        .executeTakeFirst();
      return done.numUpdatedRows === 1n;
    },
  };
}

const FIGURES = [
  ['delivered', 'Mails delivered', 'more', ['accepted']],
  ['refused', 'Mails refused or returned', 'less', ['refused', 'bounced']],
  ['deferred', 'Mails waiting', 'less', ['queued', 'sending', 'deferred']],
  ['suppressed', 'Mails not sent (suppressed)', 'neither', ['suppressed']],
] as const satisfies [key: string, label: string, better: Figure['better'], states: DeliveryState[]][];

/** For the period from `from` to before `to`, in milliseconds since 1970. */
export const mailFigures = async (tracking: Tracking, span: { from: number; to: number }): Promise<Figure[]> =>
  dailyFigures(
    'Email',
    span,
    await tracking.count(span.from, span.to),
    FIGURES.map(([key, label, better, states]) => ({
      ...{ key: `email.${key}`, label, better, unit: 'count' },
      of: ({ state, count }) => (states.some((one) => one === state) ? count : 0),
    })),
  );
