// The suppression list: addresses that get no mail and why, checked before each mail.
import type { PluginClock } from '@phraseworks/sdk';
import { type Page, type Place, pageOf } from './cursor.ts';
import type { Category } from './data.ts';
import { cleanResponse } from './outcome.ts';
import type { Database, SuppressionRow } from './tables.ts';
import { type Reason, STOPS } from './tables.ts';

const TABLE = 'pwj_email_suppressions';

export interface SuppressionFilter {
  address?: string | undefined;
  reason?: Reason | undefined;
  limit: number;
  after?: Place | undefined;
}

export interface Suppressions {
  /** The entry that blocks mail of this category to the address. */
  find(address: string, category: Category): Promise<SuppressionRow | null>;
  /** Adds one row per address and reason; false if it exists. */
  add(address: string, reason: Reason, note?: string): Promise<boolean>;
  /** Removes entries with one or any reason; returns how many. */
  remove(address: string, reason?: Reason): Promise<number>;
  /** Newest first. */
  list(filter: SuppressionFilter): Promise<Page<SuppressionRow>>;
}

export function createSuppressions(db: Database, clock: PluginClock): Suppressions {
  const key = (address: string) => address.toLowerCase();
  const isThere = async (address: string, reason: Reason): Promise<boolean> => {
    const query = db.selectFrom(TABLE).select('at').where('address', '=', key(address)).where('reason', '=', reason);
    return (await query.executeTakeFirst()) !== undefined;
  };

  return {
    async find(address, category) {
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

    async add(address, reason, note = '') {
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

    async remove(address, reason) {
      const all = db.deleteFrom(TABLE).where('address', '=', key(address));
      const done = await (reason === undefined ? all : all.where('reason', '=', reason)).executeTakeFirst();
      return Number(done.numDeletedRows);
    },

    async list({ address, reason, limit, after }) {
      let query = db.selectFrom(TABLE).selectAll();
      if (address !== undefined) query = query.where('address', '=', key(address));
      if (reason !== undefined) query = query.where('reason', '=', reason);
      if (after) {
        const [last = '', why = ''] = after.key;
        query = query.where((e) =>
          e.or([
            e('at', '<', after.at),
            e.and([e('at', '=', after.at), e('address', '<', last)]),
            e.and([e('at', '=', after.at), e('address', '=', last), e('reason', '<', why as Reason)]),
          ]),
        );
      }
      const newest = query.orderBy('at', 'desc').orderBy('address', 'desc').orderBy('reason', 'desc');
      const rows = await newest.limit(limit + 1).execute();
      return pageOf(rows, limit, (row) => ({ at: row.at, key: [row.address, row.reason] }));
    },
  };
}
