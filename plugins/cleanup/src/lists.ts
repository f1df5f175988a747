// The stored lists of dry runs, item by item, until they expire.
import type { PluginClock } from '@phraseworks/sdk';
import type { CleanupLeft, CleanupSource } from './source.ts';
import { type Database, type ItemRow, type ListRow, rowCount, summed } from './tables.ts';

const LISTS = 'pwj_cleanup_lists';
const ITEMS = 'pwj_cleanup_items';
const DAY = 86_400_000;
/** Rows of one statement. */
const PART = 500;

export type NewItem = Omit<ItemRow, 'list_id' | 'n' | 'outcome'>;

export interface Outcome {
  n: number;
  /** `removed`, or why it stays. */
  outcome: string;
}

export type Lists = ReturnType<typeof createLists>;

export function createLists(db: Database, clock: PluginClock, keepDays: number) {
  async function removeItems(id: string): Promise<void> {
    for (;;) {
      const rows = await db.selectFrom(ITEMS).select('n').where('list_id', '=', id).orderBy('n').limit(PART).execute();
      const last = rows.at(-1);
      if (!last) return;
      await db.deleteFrom(ITEMS).where('list_id', '=', id).where('n', '<=', last.n).execute();
    }
  }

  async function drop(id: string): Promise<void> {
    await removeItems(id);
    await db.deleteFrom(LISTS).where('id', '=', id).execute();
  }
  const find = (id: string): Promise<ListRow | undefined> =>
    db.selectFrom(LISTS).selectAll().where('id', '=', id).executeTakeFirst();

  return {
    drop,
    find,
    /** An empty list; what an earlier attempt of the same job has written is removed first. */
    async begin(id: string, action: string): Promise<void> {
      await drop(id);
      const now = clock.now();
      const row = { id, action, state: 'writing' as const, items: 0, bytes: 0, created_at: now, run_job: null };
      await db
        .insertInto(LISTS)
        .values({ ...row, expires_at: now + keepDays * DAY })
        .execute();
    },

    /** `from`: the number of the first of these items. */
    async append(id: string, from: number, items: readonly NewItem[]): Promise<void> {
      if (items.length === 0) return;
      const rows = items.map((item, index) => ({ ...item, list_id: id, n: from + index, outcome: null }));
      await db.insertInto(ITEMS).values(rows).execute();
    },

    /** Now it can be run. */
    async finish(id: string, items: number, bytes: number): Promise<void> {
      await db.updateTable(LISTS).set({ state: 'ready', items, bytes }).where('id', '=', id).execute();
    },

    newest(limit: number): Promise<ListRow[]> {
      const query = db.selectFrom(LISTS).selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
      return query.limit(limit).execute();
    },

    /** Claims the list for a job; false if another job ran it or is running it. */
    async claim(id: string, jobId: string): Promise<boolean> {
      const mine = db.updateTable(LISTS).set({ state: 'running', run_job: jobId }).where('id', '=', id);
      const taken = await mine.where('state', '=', 'ready').executeTakeFirst();
      if (Number(taken.numUpdatedRows) === 1) return true;
      // A later attempt of the same job continues where the previous one ended.
      const row = await find(id);
      return row?.state === 'running' && row.run_job === jobId;
    },

    async close(id: string): Promise<void> {
      await db.updateTable(LISTS).set({ state: 'done' }).where('id', '=', id).execute();
    },

    /** Items from number `n` on; `open`: only those that were not tried yet. */
    items(id: string, n: number, limit: number, open = false): Promise<ItemRow[]> {
      const query = db.selectFrom(ITEMS).selectAll().where('list_id', '=', id).where('n', '>=', n).orderBy('n');
      return (open ? query.where('outcome', 'is', null) : query).limit(limit).execute();
    },

    async settle(id: string, outcomes: readonly Outcome[]): Promise<void> {
      const groups = new Map<string, number[]>();
      for (const { n, outcome } of outcomes) {
        const short = outcome.slice(0, 64);
        groups.set(short, [...(groups.get(short) ?? []), n]);
      }
      for (const [outcome, numbers] of groups)
        await db.updateTable(ITEMS).set({ outcome }).where('list_id', '=', id).where('n', 'in', numbers).execute();
    },

    /** Per outcome, over all attempts to run it. */
    async outcomes(id: string): Promise<{ outcome: string; items: number; bytes: number }[]> {
      const rows = await db
        .selectFrom(ITEMS)
        .select((e) => ['outcome', rowCount.as('items'), e.fn.sum('bytes').as('bytes')])
        .where('list_id', '=', id)
        .where('outcome', 'is not', null)
        .groupBy('outcome')
        .execute();
      return rows.map((row) => ({ outcome: row.outcome ?? '', items: summed(row.items), bytes: summed(row.bytes) }));
    },

    /** Lists that expired before `now`, oldest first, at most `limit`. */
    expired(now: number, limit: number): Promise<ListRow[]> {
      const query = db.selectFrom(LISTS).selectAll().where('expires_at', '<', now).orderBy('expires_at').orderBy('id');
      return query.limit(limit).execute();
    },
  };
}

const PAGE = 200;
/** How much longer a list is kept if it expires while running. */
const RUNNING = 86_400_000;

export function listSource(lists: Lists): CleanupSource {
  return {
    name: 'cleanup/lists',
    action: 'expired_data',
    title: 'lists of dry runs',
    async *find({ before, signal }) {
      signal.throwIfAborted();
      for (const { id, action, items, state, expires_at: at } of await lists.expired(before, PAGE)) {
        if (state === 'running' && at >= before - RUNNING) continue;
        // The size of its items is not known without reading them all.
        yield { id, at, bytes: 0, label: `list of ${items} items (${action.replaceAll('_', ' ')})` };
      }
    },
    async remove(items, { signal }) {
      const left: CleanupLeft[] = [];
      for (const { id, at } of items) {
        signal.throwIfAborted();
        const list = await lists.find(id);
        if (!list) left.push({ id, reason: 'gone' });
        else if (list.expires_at !== at) left.push({ id, reason: 'changed' });
        else await lists.drop(id);
      }
      return left;
    },
  };
}
