// How the feed reads commits, each a row of events.
import type { Dialect } from './dialect/dialect.ts';
import { prepare } from './prepared.ts';

export interface FeedRow {
  seq: number;
  node: string;
  kinds: string | null;
  /** Left out while they are not wanted. */
  events?: string;
}

export function feedStatements({ db }: Dialect) {
  return {
    after: prepare<{ seq: number; limit: number }, FeedRow>((p) =>
      db
        .selectFrom('pwj_events')
        .select(['seq', 'node', 'kinds', 'events'])
        .where('seq', '>', p.seq)
        .orderBy('seq')
        .limit(p.limit),
    ),
    kindsAfter: prepare<{ seq: number; limit: number }, FeedRow>((p) =>
      db
        .selectFrom('pwj_events')
        .select(['seq', 'node', 'kinds'])
        .where('seq', '>', p.seq)
        .orderBy('seq')
        .limit(p.limit),
    ),
    newest: prepare<object, { seq: number | null }>(() =>
      db.selectFrom('pwj_events').select((e) => e.fn.max('seq').as('seq')),
    ),
    oldest: prepare<object, { seq: number | null }>(() =>
      db.selectFrom('pwj_events').select((e) => e.fn.min('seq').as('seq')),
    ),
  };
}
