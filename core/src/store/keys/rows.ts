// The tables of keys. A transaction decides about a key only while it holds the key's row in pwj_key_heads.
import type { AddOutcome } from '@phraseworks/sdk';
import type { Dialect } from '../dialect.ts';
import { type Prepared, prepare } from '../prepared.ts';
import { columnsOf, insertRow, type Row, selected } from '../schema.ts';
import type { KnownKey } from '../shared-statements.ts';
import type { Tx } from '../tx.ts';
import type { Last } from './decide.ts';

export type Head = Row<'pwj_key_heads'>;
type KeyRow = Omit<Row<'pwj_keys'>, 'seq'>;
type AnswerRow = Row<'pwj_key_answers'>;

/** A key of a type. */
export interface Named {
  type: string;
  key: string;
}

export const nameOf = ({ type, key }: Named): string => `${type}\0${key}`;
const namedOf = (name: string): Named => {
  const end = name.indexOf('\0');
  return { type: name.slice(0, end), key: name.slice(end + 1) };
};

const empty = (named: Named): Head => ({ ...named, lastJob: null, firstJob: null, until: null });

/** The keys of each type, sorted. */
function byType(names: Iterable<string>): Map<string, string[]> {
  const types = new Map<string, string[]>();
  for (const name of [...names].sort()) {
    const { type, key } = namedOf(name);
    types.set(type, [...(types.get(type) ?? []), key]);
  }
  return types;
}

export class KeyRows {
  readonly #lock: Prepared<Head>;
  readonly #write: Prepared<Head>;
  readonly #add: Prepared<KeyRow>;
  readonly #answer: Prepared<AnswerRow>;
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    const { db } = dialect;
    this.#lock = prepare((p) =>
      insertRow(db, 'pwj_key_heads', p).onConflict((c) =>
        c.columns(['type', 'key']).doUpdateSet((e) => ({ last_job: e.ref('pwj_key_heads.last_job') })),
      ),
    );
    this.#write = prepare((p) =>
      insertRow(db, 'pwj_key_heads', p).onConflict((c) =>
        c.columns(['type', 'key']).doUpdateSet((e) => ({
          last_job: e.ref('excluded.last_job'),
          first_job: e.ref('excluded.first_job'),
          until: e.ref('excluded.until'),
        })),
      ),
    );
    this.#add = prepare((p) => insertRow(db, 'pwj_keys', p, ['jobId', 'type', 'key', 'addedAt', 'active']));
    this.#answer = prepare((p) => insertRow(db, 'pwj_key_answers', p));
  }

  /** Waits for those that others hold; always in the same order. */
  async lock(tx: Tx, names: ReadonlySet<string>): Promise<Map<string, Head>> {
    await tx.insertAll(
      this.#lock,
      [...names].sort().map((name) => empty(namedOf(name))),
    );
    return this.#heads(tx, names, false);
  }

  /** Leaves out those that others hold. */
  lockFree(tx: Tx, names: ReadonlySet<string>): Promise<Map<string, Head>> {
    return this.#heads(tx, names, true);
  }

  async #heads(tx: Tx, names: ReadonlySet<string>, isFree: boolean): Promise<Map<string, Head>> {
    const heads = new Map<string, Head>();
    for (const [type, keys] of byType(names)) {
      const query = tx.db
        .selectFrom('pwj_key_heads')
        .select(selected(columnsOf('pwj_key_heads')))
        .where('type', '=', type);
      const these = query.where('key', 'in', keys).orderBy('key');
      for (const head of await (isFree ? tx.unheld(these) : tx.locked(these)).execute()) heads.set(nameOf(head), head);
    }
    return heads;
  }

  async writeHeads(tx: Tx, heads: readonly Head[]): Promise<void> {
    await tx.insertAll(this.#write, heads);
  }

  async removeHeads({ db }: Tx, names: Iterable<string>): Promise<void> {
    for (const [type, keys] of byType(names))
      await db.deleteFrom('pwj_key_heads').where('type', '=', type).where('key', 'in', keys).execute();
  }

  /** Locked, so that no claim takes them before this transaction ends. */
  async lasts(tx: Tx, ids: readonly string[]): Promise<Map<string, Last>> {
    if (ids.length === 0) return new Map();
    const query = tx.db
      .selectFrom('pwj_jobs as j')
      .innerJoin('pwj_keys as k', 'k.job_id', 'j.id')
      .select(['j.id', 'j.state', 'j.priority', 'j.run_at as runAt', 'k.added_at as addedAt'])
      .where('j.id', 'in', ids);
    return new Map((await tx.locked(query).execute()).map((last) => [last.id, last]));
  }

  async add(tx: Tx, rows: readonly KeyRow[]): Promise<void> {
    await tx.insertAll(this.#add, rows);
  }

  /** The keys of these jobs, in the order of adding. */
  named({ db }: Tx, ids: readonly string[]): Promise<(Named & { jobId: string; active: number })[]> {
    const query = db.selectFrom('pwj_keys').select(['job_id as jobId', 'type', 'key', 'active']);
    return query.where('job_id', 'in', ids).orderBy('seq').execute();
  }

  async setActive({ db }: Tx, ids: readonly string[], active: 0 | 1): Promise<void> {
    if (ids.length > 0) await db.updateTable('pwj_keys').set({ active }).where('job_id', 'in', ids).execute();
  }

  /** Its jobs that have not ended, first or last added first. */
  async queue(tx: Tx, { type, key }: Named, from: 'first' | 'last', limit: number): Promise<string[]> {
    const query = tx.db.selectFrom('pwj_keys').select('job_id as id').where('type', '=', type).where('key', '=', key);
    const some = query.where('active', '=', 1).orderBy('seq', from === 'first' ? 'asc' : 'desc');
    return (await tx.locked(some.limit(limit)).execute()).map(({ id }) => id);
  }

  /** A waiting job whose last run has failed. */
  async hasFailed({ db }: Tx, id: string): Promise<boolean> {
    const query = db.selectFrom('pwj_jobs').select('id').where('id', '=', id).where('error', 'is not', null);
    return (await query.executeTakeFirst()) !== undefined;
  }

  /** What was answered to additions with these idempotency keys that stored no job. */
  async answers({ db }: Tx, keys: readonly string[]): Promise<Map<string, KnownKey>> {
    if (keys.length === 0) return new Map();
    const rows = await db
      .selectFrom('pwj_key_answers')
      .select(['idempotency_key as key', 'job_id as id', 'fingerprint', 'outcome'])
      .where('idempotency_key', 'in', keys)
      .execute();
    return new Map(rows.map(({ key, outcome, ...known }) => [key, { ...known, outcome: outcome as AddOutcome }]));
  }

  async remember(tx: Tx, answers: readonly AnswerRow[]): Promise<void> {
    await tx.insertAll(this.#answer, answers);
  }

  /** The next type that has keys; null after the last one. */
  async nextType(above: string): Promise<string | null> {
    const query = this.#dialect.reader.selectFrom('pwj_key_heads').select('type').where('type', '>', above);
    return (await query.orderBy('type').limit(1).executeTakeFirst())?.type ?? null;
  }

  /** The keys of a type above this one, or the first ones, with the first of their jobs that has not ended. */
  async page(type: string, above: string | null, limit: number) {
    const { reader } = this.#dialect;
    const heads = await reader
      .selectFrom('pwj_key_heads as h')
      .select((e) => [
        'h.type',
        'h.key',
        'h.until',
        e
          .selectFrom('pwj_keys as k')
          .select('k.job_id')
          .whereRef('k.type', '=', 'h.type')
          .whereRef('k.key', '=', 'h.key')
          .where('k.active', '=', 1)
          .orderBy('k.seq')
          .limit(1)
          .as('first'),
      ])
      .where('h.type', '=', type)
      .where('h.key', above === null ? '>=' : '>', above ?? '')
      .orderBy('h.key')
      .limit(limit)
      .execute();
    const ids = heads.flatMap(({ first }) => first ?? []);
    const query = reader.selectFrom('pwj_jobs').select(['id', 'state', 'lease_until as leaseUntil']);
    const jobs = ids.length === 0 ? [] : await query.where('id', 'in', ids).execute();
    const byId = new Map(jobs.map((job) => [job.id, job]));
    return heads.map((head) => ({ ...head, job: byId.get(head.first ?? '') ?? null }));
  }

  /** The keys of these jobs. */
  async keysOf(ids: readonly string[]): Promise<Map<string, string>> {
    const query = this.#dialect.reader.selectFrom('pwj_keys').select(['job_id as id', 'key']);
    return new Map((await query.where('job_id', 'in', ids).execute()).map(({ id, key }) => [id, key]));
  }

  /** The first job of its key, and how many are before this one, at most `most`; null if it has no key or is the first. */
  async ahead(id: string, most: number): Promise<{ first: string; n: number } | null> {
    const rows = await this.#dialect.reader
      .selectFrom('pwj_keys as own')
      .innerJoin('pwj_keys as k', (join) => join.onRef('k.type', '=', 'own.type').onRef('k.key', '=', 'own.key'))
      .select('k.job_id as id')
      .where('own.job_id', '=', id)
      .where('k.active', '=', 1)
      .whereRef('k.seq', '<', 'own.seq')
      .orderBy('k.seq')
      .limit(most)
      .execute();
    return rows[0] ? { first: rows[0].id, n: rows.length } : null;
  }
}
