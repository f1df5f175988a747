// Jobs with the same key: which of them may run, and what an addition means for the one that is there. Everything about a key is decided
// under the lock of its row in pwj_key_heads, within the transaction that adds or ends a job.
import { JobsError } from '@phraseworks/sdk';
import { isFinal, isWaiting, publicState, type StoredState } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import type { Clock } from '../kernel/clock.ts';
import { Signal } from '../kernel/signal.ts';
import type { Changes } from './changes.ts';
import { writeDeadlines } from './deadlines.ts';
import type { Follower, Ledger } from './ledger.ts';
import { insertRow } from './schema.ts';
import { locked, type Move, PASS_SIZE, type Transition } from './transition.ts';
import type { Tx } from './tx.ts';

/** What a type says of jobs with the same key. Times in milliseconds. */
export interface UniqueRule {
  while: 'waiting' | 'active' | 'period';
  onConflict: 'keep' | 'replace' | 'reject';
  period: number | null;
  quiet: number | null;
  maxWait: number | null;
}

/** The key of a job that is added. Without a rule, its jobs only run one after the other. */
export interface Keyed {
  key: string;
  rule: UniqueRule | null;
}

/** The last job of a key that has not ended. */
interface Last {
  id: string;
  state: StoredState;
  addedAt: number;
  /** If this transaction adds it. */
  record?: JobRecord;
}

interface View {
  last: Last | null;
  /** The first job of the period, and when that ends. */
  firstJob: string | null;
  until: number;
}

/** What becomes of an added job. `due`: when the job may run, if that is put off. */
export type Verdict =
  | { answer: 'added'; blocked: boolean; due: number | null }
  | { answer: 'kept' | 'replaced'; id: string; due: number | null }
  | { answer: 'rejected'; id: string };

const waits = ({ state }: Last): boolean => isWaiting(state) || state === 'blocked';

/** Pure. */
export function decide(rule: UniqueRule | null, { last, firstJob, until }: View, now: number): Verdict {
  const due = (first: number): number | null =>
    rule?.quiet ? Math.min(now + rule.quiet, first + (rule.maxWait ?? Number.POSITIVE_INFINITY)) : null;
  const taken =
    rule?.while === 'period'
      ? firstJob !== null && until > now
        ? { id: firstJob, addedAt: now }
        : null
      : rule && last && (rule.while === 'active' || waits(last))
        ? last
        : null;
  if (!rule || !taken) return { answer: 'added', blocked: last !== null, due: due(now) };
  const { id, addedAt } = taken;
  if (rule.onConflict === 'reject') return { answer: 'rejected', id };
  return { answer: rule.onConflict === 'replace' ? 'replaced' : 'kept', id, due: due(addedAt) };
}

const nameOf = (type: string, key: string): string => `${type}\0${key}`;
const partsOf = (name: string): [type: string, key: string] => name.split('\0') as [string, string];

interface Head {
  firstJob: string | null;
  until: number | null;
  lookAt: number | null;
}

/** Locks keys, always in the same order, and returns their rows. */
async function lockKeys({ db }: Tx, names: Iterable<string>) {
  const heads = new Map<string, Head>();
  for (const name of [...names].sort()) {
    const [type, key] = partsOf(name);
    await insertRow(db, 'pwj_key_heads', { type, key, turn: 0, firstJob: null, until: null, lookAt: null })
      .onConflict((c) => c.columns(['type', 'key']).doUpdateSet((e) => ({ turn: e('pwj_key_heads.turn', '+', 1) })))
      .execute();
    const row = await db
      .selectFrom('pwj_key_heads')
      .select(['first_job as firstJob', 'until', 'look_at as lookAt'])
      .where('type', '=', type)
      .where('key', '=', key)
      .executeTakeFirstOrThrow();
    heads.set(name, row);
  }
  return heads;
}

/** The additions of one transaction that have keys. */
export class KeyedAdditions {
  readonly #keys: Keys;
  readonly #tx: Tx;
  readonly #now: number;
  readonly #views: Map<string, View>;
  /** The last word on each stored job: what replaces it, or only a later time. */
  readonly #changed = new Map<string, { by: JobRecord | null; due: number | null }>();
  readonly #added: JobRecord[] = [];
  readonly #periods = new Map<string, { firstJob: string; until: number }>();

  private constructor(keys: Keys, tx: Tx, now: number, views: Map<string, View>) {
    this.#keys = keys;
    this.#tx = tx;
    this.#now = now;
    this.#views = views;
  }

  static async open(keys: Keys, tx: Tx, records: readonly JobRecord[], now: number): Promise<KeyedAdditions> {
    const names = new Set(records.flatMap(({ type, keyed }) => (keyed ? [nameOf(type, keyed.key)] : [])));
    const views = new Map<string, View>();
    for (const [name, head] of await lockKeys(tx, names)) {
      const last = await lastOf(tx, name);
      views.set(name, { last, firstJob: head.firstJob, until: head.until ?? 0 });
    }
    return new KeyedAdditions(keys, tx, now, views);
  }

  /** What becomes of these jobs, which are added together. Call `accept` if they are. */
  place(records: readonly JobRecord[]): { verdicts: (Verdict | null)[]; accept: () => void } {
    const draft = new Map<string, View>();
    const verdicts = records.map((record) => {
      if (!record.keyed) return null;
      const { key, rule } = record.keyed;
      const name = nameOf(record.type, key);
      const view = draft.get(name) ?? (this.#views.get(name) as View);
      const verdict = decide(rule, view, this.#now);
      if (verdict.answer === 'added') {
        const state = verdict.blocked ? 'blocked' : record.state;
        const last: Last = { id: record.id, state, addedAt: this.#now, record };
        const period = rule?.period ? { firstJob: record.id, until: this.#now + rule.period } : null;
        draft.set(name, { ...view, ...period, last });
      }
      return verdict;
    });
    return { verdicts, accept: () => this.#accept(records, verdicts, draft) };
  }

  #accept(records: readonly JobRecord[], verdicts: readonly (Verdict | null)[], draft: Map<string, View>): void {
    for (const [i, verdict] of verdicts.entries()) {
      const record = records[i] as JobRecord;
      if (verdict === null || verdict.answer === 'rejected') continue;
      if (verdict.answer === 'added') {
        const due = verdict.due === null ? record.dueAt : Math.max(verdict.due, record.dueAt ?? 0);
        record.runAt = due;
        record.dueAt = verdict.blocked ? null : due;
        record.state = verdict.blocked ? 'blocked' : due === null ? 'ready' : 'scheduled';
        if (verdict.blocked) record.reason = 'key';
        this.#added.push(record);
        if (record.keyed?.rule?.period)
          this.#periods.set(nameOf(record.type, record.keyed.key), {
            firstJob: record.id,
            until: this.#now + record.keyed.rule.period,
          });
        continue;
      }
      const name = nameOf(record.type, record.keyed?.key ?? '');
      const there = (draft.get(name) ?? this.#views.get(name))?.last;
      const by = verdict.answer === 'replaced' ? record : null;
      if (there?.record) becomes(there.record, by, verdict.due);
      else if (by || verdict.due !== null) {
        const before = this.#changed.get(verdict.id);
        this.#changed.set(verdict.id, { by: by ?? before?.by ?? null, due: verdict.due ?? before?.due ?? null });
      }
    }
    for (const [name, view] of draft) this.#views.set(name, view);
  }

  /** Writes the keys of the added jobs, and what changes in those that were there. */
  async write(changes: Changes): Promise<void> {
    const tx = this.#tx;
    for (const { id: jobId, type, keyed } of this.#added) {
      const row = { jobId, type, key: keyed?.key ?? '', addedAt: this.#now, active: 1 };
      await insertRow(tx.db, 'pwj_keys', row, ['jobId', 'type', 'key', 'addedAt', 'active']).execute();
    }
    for (const [name, { firstJob, until }] of this.#periods) {
      const [type, key] = partsOf(name);
      await tx.db
        .updateTable('pwj_key_heads')
        .set({ first_job: firstJob, until, look_at: until })
        .where('type', '=', type)
        .where('key', '=', key)
        .execute();
    }
    for (const [id, { by, due }] of this.#changed) await this.#keys.change(tx, changes, id, by, due, this.#now);
  }
}

/** A job that is about to be stored takes over what a later one has, or only waits longer. */
function becomes(record: JobRecord, by: JobRecord | null, due: number | null): void {
  if (by) {
    const { data, maxRetries, retryDelay, backoff, timeout, fingerprint, trace, dataVersion, deadline } = by;
    Object.assign(record, {
      data,
      maxRetries,
      retryDelay,
      backoff,
      timeout,
      fingerprint,
      trace,
      dataVersion,
      deadline,
    });
    record.priority = Math.min(record.priority, by.priority);
  }
  const at = due ?? (by ? by.runAt : record.runAt);
  record.runAt = at;
  if (record.state === 'blocked') return;
  record.dueAt = at;
  record.state = at === null ? 'ready' : 'scheduled';
}

/** Locked, so that nobody claims it before this transaction ends. */
async function lastOf(tx: Tx, name: string): Promise<Last | null> {
  const [type, key] = partsOf(name);
  const row = await tx.db
    .selectFrom('pwj_keys')
    .select(['job_id as id', 'added_at as addedAt'])
    .where('type', '=', type)
    .where('key', '=', key)
    .where('active', '=', 1)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return null;
  const [job] = await locked(tx, [row.id]);
  return job ? { ...row, state: job.state } : null;
}

/** The key at `path` belongs to this job. */
export const duplicate = (path: string, id: string): JobsError =>
  new JobsError('DUPLICATE_JOB', `There is a job with this key already: ${id}.`, {
    errors: [{ path, message: `belongs to the job ${id}` }],
  });

/** Follows the jobs of types with keys, and readies the next one of a key. */
export class Keys implements Follower {
  readonly #ledger: Ledger;
  readonly #moves: Transition;
  readonly #clock: Clock;
  readonly #ruleOf: (type: string) => UniqueRule | null | undefined;

  /** `ruleOf`: of a type, null if its jobs only follow each other, undefined if they have no keys. */
  constructor(needs: {
    ledger: Ledger;
    moves: Transition;
    clock: Clock;
    ruleOf: (type: string) => UniqueRule | null | undefined;
  }) {
    this.#ledger = needs.ledger;
    this.#moves = needs.moves;
    this.#clock = needs.clock;
    this.#ruleOf = needs.ruleOf;
    needs.ledger.followers.push(this);
    needs.ledger.keys = this;
  }

  /** Emits when a job may be claimed, or when it is due. */
  readonly ready = new Signal<number | null>();

  concerns(type: string): boolean {
    return this.#ruleOf(type) !== undefined;
  }

  opened(tx: Tx, records: readonly JobRecord[], now: number): Promise<KeyedAdditions> {
    return KeyedAdditions.open(this, tx, records, now);
  }

  /** A waiting job takes over what a later one has, or only waits longer. */
  async change(
    tx: Tx,
    changes: Changes,
    id: string,
    by: JobRecord | null,
    due: number | null,
    now: number,
  ): Promise<void> {
    const [job] = await locked(tx, [id]);
    if (!job) return;
    const at = due ?? (by ? by.runAt : job.runAt);
    const set = {
      run_at: at,
      ...(by && {
        data: by.data,
        data_version: by.dataVersion,
        fingerprint: by.fingerprint,
        max_retries: by.maxRetries,
        retry_delay: by.retryDelay,
        backoff: by.backoff,
        timeout: by.timeout,
        trace: by.trace,
        attempt: 0,
        crashes: 0,
        lone_crashes: 0,
        error: null,
        progress: null,
      }),
    };
    if (by) await tx.db.deleteFrom('pwj_receipts').where('job_id', '=', id).execute();
    if (by) await writeDeadlines(tx, this.#ledger.dialect.statements, changes, [{ id, deadline: by.deadline ?? null }]);
    if (by) {
      const urgent = tx.db.updateTable('pwj_jobs').set({ priority: by.priority }).where('id', '=', id);
      await urgent.where('priority', '>', by.priority).execute();
    }
    if (job.state === 'blocked') {
      await tx.db.updateTable('pwj_jobs').set(set).where('id', '=', id).execute();
      changes.announce('jobs');
      return;
    }
    const move: Move = { step: by ? 'replace' : 'postpone', at: now, dueAt: at !== null && at > now ? at : null, set };
    await this.#moves.write(tx, changes, [[job, move]]);
    changes.afterCommit.push(() => this.ready.emit(move.dueAt ?? null));
  }

  /** A job whose key another one has by now stays as it is; the others take their keys again. */
  async refuse(tx: Tx, jobs: readonly { id: string; type: string }[]): Promise<ReadonlyMap<string, Error>> {
    const ids = jobs.map(({ id }) => id);
    const rows = await tx.db
      .selectFrom('pwj_keys')
      .select(['job_id as id', 'type', 'key'])
      .where('job_id', 'in', ids)
      .orderBy('seq')
      .execute();
    await lockKeys(tx, new Set(rows.map(({ type, key }) => nameOf(type, key))));
    const refused = new Map<string, Error>();
    for (const { id, type, key } of rows) {
      const other = await tx.db
        .selectFrom('pwj_keys')
        .select('job_id as id')
        .where('type', '=', type)
        .where('key', '=', key)
        .where('active', '=', 1)
        .executeTakeFirst();
      if (other) refused.set(id, duplicate('id', other.id));
      else await tx.db.updateTable('pwj_keys').set({ active: 1 }).where('job_id', '=', id).execute();
    }
    return refused;
  }

  async follow(tx: Tx, changes: Changes): Promise<void> {
    const moved = changes.followed.splice(0).filter(({ type }) => this.concerns(type));
    if (moved.length === 0) return;
    const rows = await tx.db
      .selectFrom('pwj_keys')
      .select(['job_id as id', 'type', 'key'])
      .where(
        'job_id',
        'in',
        moved.map(({ id }) => id),
      )
      .where('active', '=', 1)
      .execute();
    await this.#settle(tx, changes, new Set(rows.map(({ type, key }) => nameOf(type, key))));
  }

  /** Looks at keys whose cancelled job may have ended without a word, and forgets those whose period is over. At most one pass. */
  async sweep(): Promise<void> {
    const now = this.#clock.now();
    const due = await this.#ledger.dialect.reader
      .selectFrom('pwj_key_heads')
      .select(['type', 'key'])
      .where('look_at', '<=', now)
      .limit(PASS_SIZE)
      .execute();
    if (due.length === 0) return;
    const names = new Set(due.map(({ type, key }) => nameOf(type, key)));
    await this.#ledger.transact((tx, changes) => this.#settle(tx, changes, names));
  }

  /** Ends what has ended, and readies the next job of each key. */
  async #settle(tx: Tx, changes: Changes, names: ReadonlySet<string>): Promise<void> {
    const now = this.#clock.now();
    for (const [name, head] of await lockKeys(tx, names)) {
      const [type, key] = partsOf(name);
      let lookAt: number | null | undefined;
      const active = () =>
        tx.db
          .selectFrom('pwj_keys')
          .select('job_id as id')
          .where('type', '=', type)
          .where('key', '=', key)
          .where('active', '=', 1)
          .orderBy('seq');
      const ids = (await active().limit(2).execute()).map(({ id }) => id);
      for (;;) {
        const [first, next] = ids;
        if (first === undefined) {
          lookAt = head.until !== null && head.until > now ? head.until : undefined;
          break;
        }
        const [job] = await locked(tx, [first]);
        const runs = job && (job.state === 'processing' || (job.leaseUntil !== null && job.leaseUntil > now));
        if (
          job &&
          next &&
          !runs &&
          isWaiting(job.state) &&
          job.attempt > 0 &&
          this.#ruleOf(type)?.while === 'waiting'
        ) {
          await this.#moves.write(tx, changes, [[job, { step: 'supersede', at: now, reason: 'superseded' }]]);
          job.state = 'cancelled';
        }
        lookAt = runs && job.state !== 'processing' ? job.leaseUntil : null;
        if (job && (runs || !isFinal(publicState(job.state)))) {
          if (job.state === 'blocked') {
            const dueAt = job.runAt !== null && job.runAt > now ? job.runAt : null;
            await this.#moves.write(tx, changes, [[job, { step: 'unblock', at: now, dueAt, reason: null }]]);
            changes.afterCommit.push(() => this.ready.emit(dueAt));
          }
          break;
        }
        await tx.db.updateTable('pwj_keys').set({ active: 0 }).where('job_id', '=', first).execute();
        ids.splice(0, ids.length, ...(await active().limit(2).execute()).map(({ id }) => id));
      }
      if (lookAt === undefined)
        await tx.db.deleteFrom('pwj_key_heads').where('type', '=', type).where('key', '=', key).execute();
      else if (lookAt !== head.lookAt)
        await tx.db
          .updateTable('pwj_key_heads')
          .set({ look_at: lookAt })
          .where('type', '=', type)
          .where('key', '=', key)
          .execute();
    }
  }
}
