// Ends jobs whose time is up: those that wait, and those that a claim has just got.
import { isFinal, publicState, STEPS } from '../job/lifecycle.ts';
import type { ClaimedJob } from '../job/record.ts';
import { Needing } from '../kernel/container.ts';
import type { Changes } from './changes.ts';
import { gaveUp, isOver, writeDeadlines } from './deadlines.ts';
import { Ledger } from './ledger.ts';
import { leave, locked, type Movable, type Move, PASS_SIZE, Transition } from './transition.ts';
import type { Tx } from './tx.ts';

const CLAIMED = STEPS.claim.to;

export class Overdue extends Needing<typeof Overdue.needs> {
  static readonly needs = { ledger: Ledger, moves: Transition };

  /** When the time of the next one after `since` is up; null if no job has one. */
  async next(since: number): Promise<number | null> {
    const first = await this.needs.ledger.dialect.reader
      .selectFrom('pwj_deadlines')
      .select((e) => e.fn.min('waits_until').as('at'))
      .where('waits_until', '>', since)
      .executeTakeFirst();
    return first?.at ?? null;
  }

  /** Ends waiting jobs whose time is up, at most one pass; returns how many it looked at. */
  async endWaiting(now: number): Promise<number> {
    const due = await overdue(this.needs.ledger.dialect.reader, now)
      .where('state', '!=', CLAIMED)
      .orderBy('waits_until')
      .limit(PASS_SIZE)
      .execute();
    const ids = due.map(({ id }) => id);
    if (ids.length > 0) await this.needs.ledger.transact((tx, changes) => this.#end(tx, changes, ids, now));
    return ids.length;
  }

  /** Ends those of the jobs that this transaction has just claimed whose time is up; returns the others. */
  async endClaimed(tx: Tx, changes: Changes, jobs: readonly ClaimedJob[], now: number): Promise<ClaimedJob[]> {
    const ids = jobs.flatMap((job) => (isOver(job, now) ? [job.id] : []));
    const ended = await this.#end(tx, changes, ids, now, true);
    return jobs.filter(({ id }) => !ended.has(id));
  }

  async #end(tx: Tx, changes: Changes, ids: string[], now: number, isClaim = false): Promise<ReadonlySet<string>> {
    const jobs = await locked(tx, ids.sort());
    const over = new Map((await overdue(tx.db, now).where('id', 'in', ids).execute()).map((one) => [one.id, one]));
    const plan: [Movable, Move][] = [];
    const stray: { id: string; deadline: null }[] = [];
    for (const job of jobs) {
      const { id, state, attempt } = job;
      const deadline = over.get(id);
      if (!deadline || (state === CLAIMED) !== isClaim) continue;
      const { waitsUntil, giveUpAt, error } = deadline;
      const isGivenUp = giveUpAt !== null && waitsUntil === giveUpAt;
      // A claim has counted the attempt that it does not get.
      const set = isClaim ? { attempt: attempt - 1, lease_until: null } : {};
      // Too late to expire: on a server, a claim that met its job in the moment of its commit did not see its deadline.
      const hasBegun = !isGivenUp && !isClaim && attempt > 0;
      if (hasBegun || isFinal(publicState(state))) stray.push({ id, deadline: null });
      else if (isGivenUp)
        plan.push([
          job,
          { step: 'giveUp', at: now, reason: gaveUp(id, giveUpAt), set, more: error === null ? {} : { error } },
        ]);
      else plan.push([job, { step: 'expire', at: now, reason: 'expired', set }]);
    }
    await this.needs.moves.write(tx, changes, plan);
    // What is left of a job that has ended or begun must not be found again and again.
    if (stray.length > 0) await writeDeadlines(tx, this.needs.ledger.dialect.statements, changes, stray);
    const ended = new Set(plan.map(([{ id }]) => id));
    for (const job of jobs) if (!ended.has(job.id)) leave(changes, job);
    return ended;
  }
}

/** Jobs whose time is up, with the error of their last attempt. */
const overdue = (db: Tx['db'], now: number) =>
  db
    .selectFrom('pwj_deadlines')
    .innerJoin('pwj_jobs', 'id', 'job_id')
    .select(['id', 'waits_until as waitsUntil', 'give_up_at as giveUpAt', 'error'])
    .where('waits_until', '<=', now);
