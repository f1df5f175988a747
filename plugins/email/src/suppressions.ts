// The suppression list: addresses that get no mail and why, checked before each mail.
import type { PluginClock } from '@phraseworks/sdk';
import { newestFirst, type Page, type Paging } from './cursor.ts';
import type { Category } from './data.ts';
import { cleanResponse } from './outcome.ts';
import type { Database, SuppressionRow } from './tables.ts';
import { type Reason, STOPS } from './tables.ts';

const TABLE = 'pwj_email_suppressions';

export interface SuppressionFilter extends Paging {
  address?: string | undefined;
  reason?: Reason | undefined;
}

export type Suppressions = ReturnType<typeof createSuppressions>;

export function createSuppressions(db: Database, clock: PluginClock) {
  const key = (address: string) => address.toLowerCase();
  const isThere = async (address: string, reason: Reason): Promise<boolean> => {
    const query = db.selectFrom(TABLE).select('at').where('address', '=', key(address)).where('reason', '=', reason);
    return (await query.executeTakeFirst()) !== undefined;
  };

  return {
    /** The entry that blocks mail of this category to the address. */
    async find(address: string, category: Category): Promise<SuppressionRow | null> {
      const row = await db
        .selectFrom(TABLE)
        .selectAll()
        .where('address', '=', key(address))
        .where('reason', 'in', STOPS[category])
        .orderBy('reason')
        .limit(1)
        .executeTakeFirst();
      return row ?? null;
    },

    /** Adds one row per address and reason; false if it exists. */
    async add(address: string, reason: Reason, note = ''): Promise<boolean> {
      if (await isThere(address, reason)) return false;
      const row = { address: key(address), reason, note: cleanResponse(note), at: clock.now() };
      try {
        await db.insertInto(TABLE).values(row).execute();
        return true;
      } catch (error) {
        // Another process may have been faster.
        if (await isThere(address, reason)) return false;
        throw error;
      }
    },

    /** Removes entries with one or any reason; returns how many. */
    async remove(address: string, reason?: Reason): Promise<number> {
      const all = db.deleteFrom(TABLE).where('address', '=', key(address));
      const done = await (reason === undefined ? all : all.where('reason', '=', reason)).executeTakeFirst();
      return Number(done.numDeletedRows);
    },

    /** Newest first. */
    async list({ address, reason, ...paging }: SuppressionFilter): Promise<Page<SuppressionRow>> {
      let query = db.selectFrom(TABLE).selectAll();
      if (address !== undefined) query = query.where('address', '=', key(address));
      if (reason !== undefined) query = query.where('reason', '=', reason);
      return newestFirst(query, ['address', 'reason'], paging);
    },
  };
}
