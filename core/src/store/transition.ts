// Performs the steps of jobs, except claims and settlements, which every job passes: those have statements of their own, built from the same
// table (shared-statements.ts and the statements of each engine). Each move is guarded by its step; its count, event and history are written with it.
import type { JobEvent } from '@phraseworks/sdk';
import type { Kysely, Updateable } from 'kysely';
import {
  FOR_TIME,
  type FreeStep,
  isFinal,
  isWaiting,
  publicState,
  STEPS,
  type StoredState,
  targetOf,
} from '../job/lifecycle.ts';
import type { Deadline, JobRecord } from '../job/record.ts';
import { Needing } from '../kernel/container.ts';
import { Ids } from '../kernel/id.ts';
import { Signal } from '../kernel/signal.ts';
import type { Changes } from './changes.ts';
import { jobEvent } from './codec.ts';
import { writeDeadlines } from './deadlines.ts';
import { cutToKey } from './dialect.ts';
import { Ledger } from './ledger.ts';
import { prepare } from './prepared.ts';
import { type Database, type JobsTable, withState } from './schema.ts';
import type { AttemptRow, HistoryRow } from './shared-statements.ts';
import type { Tx } from './tx.ts';

/** Rows per pass: limited, so that a pass never blocks the database for long. */
export const PASS_SIZE = 500;

export interface Move {
  step: FreeStep;
  at: number;
  /** If omitted, the reason stays unchanged. */
  reason?: string | null;
  /** The job waits until then, if the step allows that. */
  dueAt?: number | null;
  by?: string | null;
  /** Columns to change besides those of every move. */
  set?: Updateable<JobsTable>;
  /** Goes into the event. */
  more?: Partial<JobEvent>;
  /** The attempt that this move ends. */
  attemptRow?: AttemptRow;
  /** Its deadline from now on; by default a job that ends has none, and others keep theirs. */
  deadline?: Deadline | null;
}

/** The next jobs of a pass, without their texts, which may be large. Unordered: a pass must cost the same however many jobs wait behind it. */
export const movable = (db: Kysely<Database>) =>
  db
    .selectFrom('pwj_jobs')
    .select(['id', 'type', 'plugin', 'state', 'reason', 'attempt', 'crashes', 'lone_crashes as loneCrashes'])
    .select(['started_run as startedRun', 'alone_run as aloneRun', 'run', 'node', 'lease_until as leaseUntil'])
    .select(['run_at as runAt', 'started_at as startedAt'])
    .limit(PASS_SIZE);

export type Movable = Awaited<ReturnType<ReturnType<typeof movable>['execute']>>[number];

/** Jobs and their next state. */
type Plan = readonly (readonly [Movable, Move])[];

/** Picks the jobs of one pass, at most `PASS_SIZE`. */
export type Picker = (db: Kysely<Database>) => Promise<Movable[]>;

export class Transition extends Needing<typeof Transition.needs> {
  static readonly needs = { ledger: Ledger, ids: Ids };
  /** Emits when a job that is stored may be claimed (null), or when it is due. */
  readonly freed = new Signal<number | null>();
  /** Emits running jobs that were cancelled. */
  readonly cancelled = new Signal<string>();
  /** Emits when a job was cancelled or put back: what did not fit this process may be gone. */
  readonly changed = new Signal<void>();
  readonly #nextDue = prepare<object, { due: number | null }>(() =>
    this.needs.ledger.dialect.db
      .selectFrom('pwj_jobs')
      .select((e) => e.fn.min('due_at').as('due'))
      .where('due_at', 'is not', null),
  );

  /** Moves one job; null if it does not exist or has moved on. `guard` may check it first and refuse by throwing. */
  async one(id: string, move: Move, guard?: (job: Movable) => void): Promise<Movable | null> {
    const { ledger } = this.needs;
    let isReady = false;
    const moved = ledger.transact(async (tx, changes) => {
      // Keys come before jobs, in each transaction.
      const refusal = move.step === 'requeue' ? await ledger.keys?.again(tx, id) : null;
      const [job] = await locked(tx, [id]);
      if (!job) return null;
      isReady = job.state === 'ready';
      guard?.(job);
      if (refusal) throw refusal;
      return (await this.write(tx, changes, [[job, move]])) === 1 ? job : null;
    });
    return moved.catch(async (error: unknown) => {
      // As `leave()` does, which would be rolled back.
      if (isReady) await ledger.transact(async (_tx, changes) => changes.announce('jobs'));
      throw error;
    });
  }

  /** Cancels those of these jobs that have not ended, at most a pass; returns how many. */
  async cancel(
    tx: Tx,
    changes: Changes,
    ids: readonly string[],
    how: { by: string | null; at: number },
  ): Promise<number> {
    const jobs = ids.length === 0 ? [] : await locked(tx, [...ids].sort());
    const move = { step: 'cancel', reason: 'cancelled', ...how } as const;
    const plan: Plan = jobs.map((job) => [job, move]);
    return this.write(tx, changes, plan);
  }

  /** Moves the picked jobs that have not changed since. Returns how many were picked, and how many of these moved. */
  async pass(select: Picker, moveOf: (job: Movable) => Move | null): Promise<{ picked: number; moved: number }> {
    const picked = await select(this.needs.ledger.dialect.reader);
    if (picked.length === 0) return { picked: 0, moved: 0 };
    const moved = await this.needs.ledger.transact(async (tx, changes) => {
      const plan = (await unchanged(tx, changes, picked)).flatMap((job) => {
        const move = moveOf(job);
        return move ? [[job, move] as const] : [];
      });
      return this.write(tx, changes, plan);
    });
    return { picked: picked.length, moved };
  }

  /** When the next scheduled job is due; null if no job waits for a time. */
  async nextDue(): Promise<number | null> {
    return (await this.needs.ledger.dialect.read(this.#nextDue, {}))[0]?.due ?? null;
  }

  /** Makes due jobs ready; returns how many, at most one pass. */
  async promote(now: number): Promise<number> {
    return this.needs.ledger.transact(async (tx, changes) => {
      const due = await tx.locked(movable(tx.db).where('due_at', '<=', now).orderBy('due_at')).execute();
      // A promoted job has been ready since `run_at`.
      const move: Move = { step: 'promote', at: now, set: { ready_at: null } };
      const moved = await this.write(
        tx,
        changes,
        due.map((job) => [job, move]),
      );
      // Only a change by hand gives another state a due time; if it stayed, every pass would find this row again.
      if (moved < due.length) {
        const ids = due.map(({ id }) => id);
        await tx.db.updateTable('pwj_jobs').set({ due_at: null }).where('id', 'in', ids).execute();
      }
      return due.length;
    });
  }

  /** Writes the moves whose job is in a state that their step allows; this transaction holds the rows. Returns how many. */
  async write(tx: Tx, changes: Changes, plan: Plan): Promise<number> {
    const possible = plan.filter(([job, { step }]) => fromOf(step).includes(job.state) || leave(changes, job));
    const attempts: AttemptRow[] = [];
    const histories: HistoryRow[] = [];
    const deadlines: { id: string; deadline: Deadline | null }[] = [];
    for (const [values, ids] of alike(possible)) {
      // Guarded above, since these rows are locked; a state in this condition could make a server choose a different index.
      await withState(tx.db).updateTable('pwj_jobs').set(values).where('id', 'in', ids).execute();
    }
    for (const [job, move] of possible) {
      const to = targetOf(move.step, move.dueAt ?? null);
      const status = publicState(to);
      const { event, history } = STEPS[move.step];
      const attempt = move.set?.attempt ?? job.attempt;
      changes.steppedBy(job.state, to, job);
      if (job.state === 'processing' && to === 'cancelled') changes.afterCommit.push(() => this.cancelled.emit(job.id));
      if (job.state === 'blocked' && isWaiting(to)) changes.afterCommit.push(() => this.freed.emit(move.dueAt ?? null));
      if (to === 'cancelled' || isFinal(publicState(job.state))) changes.afterCommit.push(() => this.changed.emit());
      if (event) {
        const more = move.reason ? { reason: move.reason, ...move.more } : move.more;
        changes.event(jobEvent(event, status, { ...job, attempt }, move.at, more));
      }
      if (!event || to === 'ready') changes.announce('jobs');
      if (move.attemptRow) attempts.push(move.attemptRow);
      if (move.deadline !== undefined || isFinal(status))
        deadlines.push({ id: job.id, deadline: move.deadline ?? null });
      if (history) {
        const { at, reason = null } = move;
        const by = move.by ? cutToKey(move.by) : null;
        const { id: jobId, run } = job;
        histories.push({ id: this.needs.ids.next(), jobId, run, at, event: history, attempt, status, reason, by });
      }
    }
    const { statements } = this.needs.ledger.dialect;
    if (deadlines.length > 0) await writeDeadlines(tx, statements, changes, deadlines);
    if (attempts.length > 0) await tx.insertAll(statements.attempt, attempts);
    const again = possible.filter(([, { step }]) => step === 'requeue').map(([job]) => job);
    if (again.length > 0) await reopenReceipts(tx, again);
    for (const [{ id, reason }, { step, at }] of possible)
      if (step === 'run' && reason === FOR_TIME) await endSleep(tx, id, at);
    if (histories.length > 0) await tx.insertAll(statements.history, histories);
    return possible.length;
  }
}

const fromOf = (step: FreeStep): readonly StoredState[] => STEPS[step].from;

/** These jobs, locked until the transaction ends. */
export const locked = (tx: Tx, ids: readonly string[]): Promise<Movable[]> =>
  tx.locked(movable(tx.db).where('id', 'in', ids).orderBy('id')).execute();

/** For a job that its transaction locked and does not move, which a claim may have skipped meanwhile. Returns false. */
export function leave(changes: Changes, { state }: Movable): false {
  if (state === 'ready') changes.announce('jobs');
  return false;
}

/** Those that have not changed since they were picked, locked until the transaction ends. */
async function unchanged(tx: Tx, changes: Changes, picked: readonly Movable[]): Promise<Movable[]> {
  const before = new Map(picked.map((job) => [job.id, job]));
  return (await locked(tx, [...before.keys()].sort())).filter((job) => {
    const { id, state, run, node, leaseUntil, reason } = job;
    const old = before.get(id);
    const isSame = old?.state === state && old.run === run && old.node === node && old.reason === reason;
    // The lease may have been renewed meanwhile.
    return (isSame && old.leaseUntil === leaseUntil) || leave(changes, job);
  });
}

/** One update for all jobs with the same changes. */
function alike(plan: Plan): [ReturnType<typeof valuesOf>, string[]][] {
  const groups = new Map<string, [ReturnType<typeof valuesOf>, string[]]>();
  for (const [{ id }, move] of plan) {
    const values = valuesOf(move);
    const key = JSON.stringify(values);
    const group = groups.get(key);
    if (group) group[1].push(id);
    else groups.set(key, [values, [id]]);
  }
  return [...groups.values()];
}

function valuesOf({ step, at, reason, dueAt = null, set }: Move) {
  const state = targetOf(step, dueAt);
  return {
    state,
    ...(reason === undefined ? {} : { reason }),
    due_at: state === 'scheduled' ? dueAt : null,
    finished_at: isFinal(publicState(state)) ? at : null,
    ...(state === 'ready' ? { ready_at: at } : {}),
    ...set,
  };
}

/** Someone runs a job that sleeps. */
async function endSleep({ db }: Tx, id: string, at: number): Promise<void> {
  const asleep = db.updateTable('pwj_receipts').where('job_id', '=', id).where('state', '=', 'asleep');
  await asleep.set({ state: 'over', result: null, at }).execute();
}

/**
 * Called when someone retries jobs. Completed steps of a failed or cancelled job stay; uncertain ones are open again, because the person
 * has checked them. A completed job starts over.
 */
async function reopenReceipts({ db }: Tx, jobs: readonly Pick<JobRecord, 'id' | 'state'>[]): Promise<void> {
  const remove = (ids: string[]) => db.deleteFrom('pwj_receipts').where('job_id', 'in', ids);
  const [completed, others] = [true, false].map((is) =>
    jobs.filter(({ state }) => (state === 'completed') === is).map(({ id }) => id),
  );
  if (completed?.length) await remove(completed).execute();
  if (others?.length) await remove(others).where('state', '=', 'pending').execute();
}
