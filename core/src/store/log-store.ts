// The audit log: all SQL of it.

import type { LogEntry } from '@phraseworks/sdk';
import type { LogPage } from '@phraseworks/sdk/client';
import type { LogQuery } from '@phraseworks/sdk/contract';
import { shortened } from '@phraseworks/sdk/secrets';
import { sql } from 'kysely';
import { Clock, iso } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { cutToKey, Dialect } from './dialect.ts';
import { PASS_SIZE } from './transition.ts';

export type AuditEntry = Omit<LogEntry, 'id' | 'at' | 'detail'> & Partial<Pick<LogEntry, 'detail'>>;

const KEPT = 90 * 86_400_000;
const MOST_DETAIL = 1_000;
const SEARCHED = ['user', 'target', 'detail'];

export class LogStore extends Needing<typeof LogStore.needs> {
  static readonly needs = { dialect: Dialect, clock: Clock };

  async add({ user, action, target, detail = null }: AuditEntry): Promise<void> {
    const at = this.needs.clock.now();
    const row = { at, user: user === null ? null : cutToKey(user), action: cutToKey(action), target: cutToKey(target) };
    await this.needs.dialect.transaction(({ db }) =>
      db
        .insertInto('pwj_log')
        .values({ ...row, detail: detail === null ? null : shortened(detail, MOST_DETAIL) })
        .execute(),
    );
  }

  /** `before`: lists entries older than this id. Of few entries, so that a text needs no index. */
  async list({ limit = 50, before, action, q }: LogQuery = {}): Promise<LogPage> {
    let query = this.needs.dialect.reader
      .selectFrom('pwj_log')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (before !== undefined) query = query.where('id', '<', before);
    if (action !== undefined) query = query.where('action', '=', action);
    if (q !== undefined)
      query = query.where((e) =>
        e.or(SEARCHED.map((name) => sql<boolean>`instr(lower(${sql.ref(name)}), ${q.toLowerCase()}) > 0`)),
      );
    const rows = await query.execute();
    const entries = rows.slice(0, limit).map((row) => ({ ...row, id: Number(row.id), at: iso(row.at) }));
    return { entries, nextBefore: rows.length > limit ? (entries.at(-1)?.id ?? null) : null };
  }

  /** Removes entries older than 90 days, at most one pass; returns how many. */
  prune(now: number): Promise<number> {
    return this.needs.dialect.transaction(async ({ db }) => {
      // The oldest entries regardless of time: a condition on it would scan all of them if none is old.
      const rows = await db.selectFrom('pwj_log').select(['id', 'at']).orderBy('id').limit(PASS_SIZE).execute();
      const ids = rows.filter(({ at }) => at < now - KEPT).map(({ id }) => id);
      if (ids.length > 0) await db.deleteFrom('pwj_log').where('id', 'in', ids).execute();
      return ids.length;
    });
  }
}
