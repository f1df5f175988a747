// The additions of one transaction whose jobs have keys: decided in memory, in their order, then written in as few statements as possible.
import { nameOfKey } from '../../job/keyed.ts';
import { targetOf } from '../../job/lifecycle.ts';
import { AFTER } from '../../job/link.ts';
import type { JobRecord } from '../../job/record.ts';
import type { Changes } from '../changes.ts';
import type { KeyedAdditions } from '../job-writes.ts';
import { columnName, type Row } from '../schema.ts';
import type { KnownKey } from '../shared-statements.ts';
import { locked, type Movable, type Move, type Transition } from '../transition.ts';
import type { Tx } from '../tx.ts';
import { decide, type KeyView, type Last, type Verdict } from './decide.ts';
import type { KeyRows } from './rows.ts';

interface Needs {
  rows: KeyRows;
  moves: Transition;
  now: number;
}

type Decided = readonly [JobRecord, Verdict];

/** What a job takes over from the later one that replaces it. It keeps its idempotency key, which belongs to the first request. */
const TAKEN = ['data', 'dataVersion', 'maxRetries', 'retryDelay', 'backoff', 'timeout', 'trace'] as const;
/** As if it was added now. */
const ANEW = { attempt: 0, crashes: 0, lone_crashes: 0, error: null, progress: null };

const nameOf = ({ type, key }: JobRecord): string => nameOfKey(type, key ?? '');

export class Additions implements KeyedAdditions {
  readonly #needs: Needs;
  readonly #tx: Tx;
  readonly #views = new Map<string, KeyView>();
  readonly #accepted: Decided[] = [];
  #draft = new Map<string, KeyView>();
  #decided: Decided[] = [];

  constructor(needs: Needs, tx: Tx) {
    this.#needs = needs;
    this.#tx = tx;
  }

  async open(records: readonly JobRecord[]): Promise<Map<string, KnownKey>> {
    const { rows, now } = this.#needs;
    const heads = await rows.lock(this.#tx, records.map(nameOf));
    const ids = heads.flatMap(({ lastJob }) => lastJob ?? []);
    const open = await rows.open(this.#tx, ids, now);
    for (const head of heads) {
      const { name, lastJob, firstJob, until } = head;
      const last = lastJob === null ? null : (open.get(lastJob) ?? (await rows.last(this.#tx, head, now)));
      this.#views.set(name, { last, firstJob, until });
    }
    const idempotencyKeys = records.flatMap(({ idempotencyKey }) => idempotencyKey ?? []);
    return rows.answered(this.#tx, idempotencyKeys);
  }

  begin(): void {
    this.#draft = new Map();
    this.#decided = [];
  }

  decide(record: JobRecord): Verdict {
    const name = nameOf(record);
    const view = this.#draft.get(name) ?? (this.#views.get(name) as KeyView);
    const verdict = decide(record, record.keyed?.rule ?? null, view, this.#needs.now);
    this.#draft.set(name, verdict.after);
    this.#decided.push([record, verdict]);
    return verdict;
  }

  accept(): void {
    for (const [name, view] of this.#draft) this.#views.set(name, view);
    this.#accepted.push(...this.#decided);
  }

  async write(changes: Changes): Promise<void> {
    const { rows, now, moves } = this.#needs;
    const keys: Omit<Row<'pwj_keys'>, 'seq'>[] = [];
    const answers: Row<'pwj_key_answers'>[] = [];
    const heads = new Map<string, Row<'pwj_key_heads'>>();
    /** The last word on each job. */
    const lasts = new Map<string, Last>();
    for (const [record, { outcome, id: jobId, changed, after }] of this.#accepted) {
      const { key, idempotencyKey, fingerprint } = record;
      if (changed) lasts.set(jobId, changed);
      if (outcome === 'added') {
        const name = nameOf(record);
        keys.push({ jobId, name, key: key ?? '', addedAt: now });
        const holder = changed?.state === 'blocked' ? (heads.get(name)?.holder ?? null) : jobId;
        heads.set(name, { name, holder, lastJob: jobId, firstJob: after.firstJob, until: after.until });
      } else if (idempotencyKey !== null) answers.push({ idempotencyKey, jobId, outcome, fingerprint });
    }
    for (const last of lasts.values()) if (last.record) becomes(last.record, last);
    await this.#tx.insertAll(rows.jobs, keys);
    await this.#tx.insertAll(rows.heads, [...heads.values()]);
    await this.#tx.insertAll(rows.answers, answers);
    const due = await this.#change(
      changes,
      [...lasts.values()].filter(({ record }) => !record),
    );
    // A claim skips rows that are locked, also those of kept jobs.
    if (keys.length < this.#accepted.length)
      changes.afterCommit.push(() => {
        for (const at of [null, ...due]) moves.freed.emit(at);
      });
  }

  /** Waiting jobs take over what later ones have, or only wait longer. Returns when they may run. */
  async #change(changes: Changes, lasts: readonly Last[]): Promise<(number | null)[]> {
    if (lasts.length === 0) return [];
    const { moves, now } = this.#needs;
    const { db } = this.#tx;
    const jobs = await locked(this.#tx, lasts.map(({ id }) => id).sort());
    const plan: [Movable, Move][] = [];
    for (const { id, by, runAt, priority } of lasts) {
      const job = jobs.find((one) => one.id === id) as Movable;
      const isBlocked = job.state === 'blocked';
      const dueAt = runAt !== null && runAt > now ? runAt : null;
      if (by) {
        const taken = Object.fromEntries(TAKEN.map((name) => [columnName(name), by[name]]));
        const set = { ...ANEW, ...taken, priority, run_at: runAt };
        const step = isBlocked ? 'replaceBlocked' : 'replace';
        plan.push([job, { step, at: now, dueAt, by: by.keyed?.by ?? null, set, deadline: by.deadline ?? null }]);
      } else if (isBlocked) await db.updateTable('pwj_jobs').set({ run_at: runAt }).where('id', '=', id).execute();
      else plan.push([job, { step: 'postpone', at: now, dueAt, set: { run_at: runAt } }]);
    }
    const replaced = lasts.flatMap(({ id, by }) => (by ? [id] : []));
    if (replaced.length > 0) await db.deleteFrom('pwj_receipts').where('job_id', 'in', replaced).execute();
    await moves.write(this.#tx, changes, plan);
    return plan.flatMap(([{ state }, { dueAt = null }]) => (state === 'blocked' ? [] : [dueAt]));
  }
}

/** What is stored of a new job. A transaction that is run again comes here again, so everything is set each time. */
function becomes(record: JobRecord, { by, state, priority, runAt }: Last): void {
  const isBlocked = state === 'blocked';
  if (by) for (const name of TAKEN) Object.assign(record, { [name]: by[name] });
  if (by) record.deadline = by.deadline ?? null;
  record.priority = priority;
  record.runAt = runAt;
  // Its turn comes after the jobs that it waits for.
  if (record.reason === AFTER) return;
  record.dueAt = isBlocked ? null : runAt;
  record.state = isBlocked ? 'blocked' : targetOf('add', runAt);
  record.reason = isBlocked ? 'key' : null;
}
