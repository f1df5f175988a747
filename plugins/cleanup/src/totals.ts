// Hourly totals of removed items, for the panel and reports.
import { dailyFigures, type Figure, type PluginClock } from '@phraseworks/sdk';
import type { Database, TotalRow } from './tables.ts';

const TABLE = 'pwj_cleanup_totals';
const HOUR = 3_600_000;
const DAY = 86_400_000;
/** A year and the one before. */
const KEPT = 800 * DAY;

export type Amount = Pick<TotalRow, 'items' | 'bytes' | 'failed'>;

export type Totals = ReturnType<typeof createTotals>;

export function createTotals(db: Database, clock: PluginClock) {
  return {
    async add(action: string, amount: Amount): Promise<void> {
      if (amount.items === 0 && amount.failed === 0) return;
      const hour = Math.floor(clock.now() / HOUR);
      await db
        .insertInto(TABLE)
        .values({ hour, action, ...amount })
        .onConflict((conflict) =>
          conflict.columns(['hour', 'action']).doUpdateSet((e) => ({
            items: e(`${TABLE}.items`, '+', amount.items),
            bytes: e(`${TABLE}.bytes`, '+', amount.bytes),
            failed: e(`${TABLE}.failed`, '+', amount.failed),
          })),
        )
        .execute();
    },

    /** From `from` to before `to`, in milliseconds; whole hours. */
    between(from: number, to: number): Promise<TotalRow[]> {
      return db
        .selectFrom(TABLE)
        .selectAll()
        .where('hour', '>=', Math.floor(from / HOUR))
        .where('hour', '<', Math.ceil(to / HOUR))
        .orderBy('hour')
        .execute();
    },

    async prune(): Promise<void> {
      await db
        .deleteFrom(TABLE)
        .where('hour', '<', Math.floor((clock.now() - KEPT) / HOUR))
        .execute();
    },
  };
}

/** For `report:figures`. */
export const figuresOf = (rows: readonly TotalRow[], span: { from: number; to: number }): Figure[] =>
  dailyFigures(
    'Clean-up',
    span,
    rows.map((row) => ({ ...row, at: row.hour * HOUR })),
    [
      { key: 'cleanup.items', label: 'Items removed', unit: 'count', better: 'neither', of: ({ items }) => items },
      { key: 'cleanup.bytes', label: 'Space freed', unit: 'bytes', better: 'neither', of: ({ bytes }) => bytes },
      {
        key: 'cleanup.failed',
        label: 'Items that could not be removed',
        unit: 'count',
        better: 'less',
        of: ({ failed }) => failed,
      },
    ],
  );
