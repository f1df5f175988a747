// Hourly totals of removed items, for the panel and reports.
import type { Figure, PluginClock } from '@phraseworks/sdk';
import type { Database, TotalRow } from './tables.ts';

const TABLE = 'pwj_cleanup_totals';
const HOUR = 3_600_000;
const DAY = 86_400_000;
/** A year and the one before. */
const KEPT = 800 * DAY;

export type Amount = Pick<TotalRow, 'items' | 'bytes' | 'failed'>;

export interface Totals {
  add(action: string, amount: Amount): Promise<void>;
  /** From `from` to before `to`, in milliseconds; whole hours. */
  between(from: number, to: number): Promise<TotalRow[]>;
  prune(): Promise<void>;
}

export function createTotals(db: Database, clock: PluginClock): Totals {
  return {
    async add(action, amount) {
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

    async between(from, to) {
      return db
        .selectFrom(TABLE)
        .selectAll()
        .where('hour', '>=', Math.floor(from / HOUR))
        .where('hour', '<', Math.ceil(to / HOUR))
        .orderBy('hour')
        .execute();
    },

    async prune() {
      await db
        .deleteFrom(TABLE)
        .where('hour', '<', Math.floor((clock.now() - KEPT) / HOUR))
        .execute();
    },
  };
}

/** For `report:figures`. Days count from `from`. */
export function figuresOf(rows: readonly TotalRow[], from: number, to: number): Figure[] {
  const days = Math.max(1, Math.ceil((to - from) / DAY));
  const figure = (key: keyof Amount, label: string, unit: Figure['unit'], better: Figure['better']): Figure => {
    const perDay = Array.from({ length: days }, () => 0);
    for (const row of rows) {
      const day = Math.min(days - 1, Math.max(0, Math.floor((row.hour * HOUR - from) / DAY)));
      perDay[day] = (perDay[day] ?? 0) + row[key];
    }
    const value = perDay.reduce((sum, n) => sum + n, 0);
    return { key: `cleanup.${key}`, section: 'Clean-up', label, value, unit, better, days: perDay };
  };
  return [
    figure('items', 'Items removed', 'count', 'neither'),
    figure('bytes', 'Space freed', 'bytes', 'neither'),
    figure('failed', 'Items that could not be removed', 'count', 'less'),
  ];
}
