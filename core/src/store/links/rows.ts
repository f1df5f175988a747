// The table of links: what its readers and writers share.
import { type Kysely, sql } from 'kysely';
import type { Outcome } from '../../job/link.ts';
import { type Prepared, prepare } from '../prepared.ts';
import { columnsOf, type Database, insertRow, type Row, selected } from '../schema.ts';
import { type Movable, movable } from '../transition.ts';
import type { Tx } from '../tx.ts';

export type Link = Row<'pwj_links'>;
export type Batch = Row<'pwj_batches'>;

/** Links and sources that one transaction looks at. */
export const AT_ONCE = 200;
/** Values in one list of a statement. */
const IN_LIST = 1_000;

type Db = Kysely<Database>;

export class LinkRows {
  /** Changes the outcome of those that exist. */
  readonly links: Prepared<Link>;
  /** Leaves those that exist as they are. */
  readonly newLinks: Prepared<Link>;
  /** At the earlier time. */
  readonly marks: Prepared<Row<'pwj_link_looks'>>;
  readonly types: Prepared<Row<'pwj_linked_types'>>;

  constructor(db: Db) {
    this.links = prepare((p) =>
      insertRow(db, 'pwj_links', p).onConflict((c) =>
        c.columns(['target', 'source']).doUpdateSet((e) => ({ outcome: e.ref('excluded.outcome') })),
      ),
    );
    this.newLinks = prepare((p) =>
      insertRow(db, 'pwj_links', p).onConflict((c) => c.columns(['target', 'source']).doNothing()),
    );
    this.marks = prepare((p) =>
      insertRow(db, 'pwj_link_looks', p).onConflict((c) =>
        c.column('source').doUpdateSet((e) => ({ at: e.ref('excluded.at') })),
      ),
    );
    this.types = prepare((p) => insertRow(db, 'pwj_linked_types', p).onConflict((c) => c.column('type').doNothing()));
  }

  async mark(tx: Tx, sources: Iterable<string>, at: number): Promise<void> {
    const rows = [...new Set(sources)].sort().map((source) => ({ source, at }));
    if (rows.length > 0) await tx.insertAll(this.marks, rows);
  }

  async store(tx: Tx, links: readonly Link[], query = this.links): Promise<void> {
    const sorted = [...links].sort((a, b) => order(a.target, b.target) || order(a.source, b.source));
    if (sorted.length > 0) await tx.insertAll(query, sorted);
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Open links of these sources, one more than a transaction looks at. */
export const openLinks = ({ db }: Tx, sources: readonly string[]): Promise<Link[]> =>
  linksFrom(db, sources).where('l.outcome', 'is', null).execute();

/** Links of these sources that are open again if those run again: of batches, and of jobs that wait for them, or were cancelled because of them. */
export const brokenLinks = ({ db }: Tx, sources: readonly string[], after: string): Promise<Link[]> =>
  linksFrom(db, sources)
    .leftJoin('pwj_jobs as t', 't.id', 'l.target')
    .where('l.outcome', 'in', ['failed', 'cancelled'])
    .where((e) =>
      e.or([e('t.id', 'is', null), e.and([e('t.reason', '=', after), e('t.state', 'in', ['blocked', 'cancelled'])])]),
    )
    .execute();

const linksFrom = (db: Db, sources: readonly string[]) =>
  db
    .selectFrom('pwj_links as l')
    .select(['l.target', 'l.source', 'l.name', 'l.outcome', 'l.on_failed as onFailed'])
    .where('l.source', 'in', sources)
    .limit(AT_ONCE + 1);

/** What each of these jobs knows of its links: after its row was locked, nobody else decides about it. */
export async function factsOf(
  { db }: Tx,
  ids: readonly string[],
): Promise<Map<string, { isOpen: boolean; isBroken: boolean }>> {
  const rows = await db
    .selectFrom('pwj_jobs')
    .select('id')
    .select(sql<number>`exists (select 1 from pwj_links where target = pwj_jobs.id and outcome is null)`.as('isOpen'))
    .select(
      sql<number>`exists (select 1 from pwj_links where target = pwj_jobs.id and outcome in ('failed', 'cancelled') and on_failed = 'cancel')`.as(
        'isBroken',
      ),
    )
    .where('id', 'in', ids)
    .execute();
  return new Map(
    rows.map(({ id, isOpen, isBroken }) => [id, { isOpen: Boolean(isOpen), isBroken: Boolean(isBroken) }]),
  );
}

/** The state and type of these jobs, as far as they exist. */
export async function jobsNamed({ db }: Pick<Tx, 'db'>, ids: readonly string[]) {
  const jobs = new Map<string, Pick<Movable, 'state' | 'type'>>();
  for (let from = 0; from < ids.length; from += IN_LIST) {
    const part = ids.slice(from, from + IN_LIST);
    const rows = await db.selectFrom('pwj_jobs').select(['id', 'state', 'type']).where('id', 'in', part).execute();
    for (const { id, ...job } of rows) jobs.set(id, job);
  }
  return jobs;
}

/** Batches with these ids, locked until the transaction ends. */
export const lockedBatches = (tx: Tx, ids: readonly string[]): Promise<Batch[]> =>
  tx
    .locked(
      tx.db
        .selectFrom('pwj_batches')
        .select(selected(columnsOf('pwj_batches')))
        .where('id', 'in', ids)
        .orderBy('id'),
    )
    .execute();

/** The jobs of a batch that ended like this; null: that have not ended. */
export const membersOf = (db: Db, batch: string, outcome: Outcome | null) =>
  db
    .selectFrom('pwj_links')
    .select('source')
    .where('target', '=', batch)
    .where('outcome', outcome === null ? 'is' : '=', outcome);

/** Has it such a job? Jobs end in the order of their ids for the most part, so an open one is looked for from the end. */
export const hasMember = async (db: Db, batch: string, outcome: Outcome | null): Promise<boolean> =>
  (await membersOf(db, batch, outcome).orderBy('source', 'desc').limit(1).execute()).length > 0;

export interface Counts {
  total: number;
  completed: number;
  failed: number;
  cancelled: number;
}

/** How many jobs of each of these batches ended how. */
export async function countsOf(db: Db, batches: readonly string[]): Promise<Map<string, Counts>> {
  const counts = new Map(batches.map((id) => [id, { total: 0, completed: 0, failed: 0, cancelled: 0 }]));
  if (batches.length === 0) return counts;
  const rows = await db
    .selectFrom('pwj_links')
    .select((e) => ['target', 'outcome', e.fn.countAll<number>().as('n')])
    .where('target', 'in', batches)
    .groupBy(['target', 'outcome'])
    .execute();
  for (const { target, outcome, n } of rows) {
    const one = counts.get(target) as Counts;
    one.total += Number(n);
    if (outcome !== null) one[outcome] += Number(n);
  }
  return counts;
}

/** Locks these jobs, in the order of all transactions. */
export const lockedJobs = async (tx: Tx, ids: readonly string[]): Promise<Movable[]> =>
  ids.length === 0 ? [] : tx.locked(movable(tx.db).where('id', 'in', ids).orderBy('id')).execute();
