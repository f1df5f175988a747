// Ends jobs whose time is over: those that wait, and those that a claim has just got.
import { isFinal, publicState, STEPS } from '../job/lifecycle.ts';
import type { ClaimedJob, Deadline } from '../job/record.ts';
import type { Changes } from './changes.ts';
import { gaveUp, isOver, writeDeadlines } from './deadlines.ts';
import type { Ledger } from './ledger.ts';
import { locked, type Movable, type Move, PASS_SIZE, type Transition } from './transition.ts';
import type { Tx } from './tx.ts';

const CLAIMED = STEPS.claim.to;

interface Over extends Deadline {
  /** Of its last attempt. */
  error: string | null;
}

export class Overdue {
  readonly #ledger: Ledger;
  readonly #moves: Transition;

  constructor(needs: { ledger: Ledger; moves: Transition }) {
    this.#ledger = needs.ledger;
    this.#moves = needs.moves;
  }

  /** When the next one after `since` is over; null if there is none. */
  async next(since: number): Promise<number | null> {
    const first = await this.#ledger.dialect.reader
      .selectFrom('pwj_deadlines')
      .select((e) => e.fn.min('waits_until').as('at'))
      .where('waits_until', '>', since)
      .executeTakeFirst();
    return first?.at ?? null;
  }

  /** Ends waiting jobs whose time is over, at most one pass; returns how many it looked at. */
  async endWaiting(now: number): Promise<number> {
    const due = await this.#ledger.dialect.reader
      .selectFrom('pwj_deadlines')
      .innerJoin('pwj_jobs', 'id', 'job_id')
      .select('id')
      .where('waits_until', '<=', now)
      .where('state', '!=', CLAIMED)
      .orderBy('waits_until')
      .limit(PASS_SIZE)
      .execute();
    const ids = due.map(({ id }) => id);
    const isWaiting = ({ state }: Movable) => state !== CLAIMED;
    if (ids.length > 0) await this.#ledger.transact((tx, changes) => this.#end(tx, changes, { ids, now }, isWaiting));
    return ids.length;
  }

  /** Ends those of the jobs that this transaction has just claimed whose time is over; returns the others. */
  async endClaimed(tx: Tx, changes: Changes, jobs: readonly ClaimedJob[], now: number): Promise<ClaimedJob[]> {
    const ids = jobs.flatMap((job) => (isOver(job, now) ? [job.id] : []));
    const ended = await this.#end(tx, changes, { ids, now });
    return jobs.filter(({ id }) => !ended.has(id));
  }

  async #end(
    tx: Tx,
    changes: Changes,
    { ids, now }: { ids: string[]; now: number },
    isMeant: (job: Movable) => boolean = () => true,
  ): Promise<ReadonlySet<string>> {
    const jobs = (await locked(tx, ids.sort())).filter(isMeant);
    const over = await overOf(tx, ids, now);
    const plan = jobs.flatMap((job) => {
      const deadline = over.get(job.id);
      return deadline && !hasBegun(job, deadline) ? [[job, endOf(job, deadline, now)] as const] : [];
    });
    await this.#moves.write(tx, changes, plan);
    // What is left of a job that has ended or begun must not be found again and again.
    const stray = jobs.flatMap((job) => {
      const deadline = over.get(job.id);
      const isPast = isFinal(publicState(job.state)) || (deadline !== undefined && hasBegun(job, deadline));
      return isPast ? [{ id: job.id, deadline: null }] : [];
    });
    if (stray.length > 0) await writeDeadlines(tx, this.#ledger.dialect.statements, changes, stray);
    return new Set(plan.map(([{ id }]) => id));
  }
}

/** Those of the jobs whose time is over. */
async function overOf(tx: Tx, ids: readonly string[], now: number): Promise<ReadonlyMap<string, Over>> {
  const rows = await tx.db
    .selectFrom('pwj_deadlines')
    .innerJoin('pwj_jobs', 'id', 'job_id')
    .select(['id', 'waits_until as waitsUntil', 'give_up_at as giveUpAt', 'error'])
    .where('job_id', 'in', ids)
    .where('waits_until', '<=', now)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

const isGivenUp = ({ waitsUntil, giveUpAt }: Deadline): boolean => giveUpAt !== null && waitsUntil === giveUpAt;

/** Too late to expire: on a server, a claim that met its job in the moment of its commit did not see its deadline. */
const hasBegun = ({ state, attempt }: Movable, deadline: Deadline): boolean =>
  !isGivenUp(deadline) && state !== CLAIMED && attempt > 0;

function endOf(job: Movable, over: Over, now: number): Move {
  const { giveUpAt, error } = over;
  // A claim has counted the attempt that it does not get.
  const set = job.state === CLAIMED ? { attempt: job.attempt - 1, lease_until: null } : {};
  return giveUpAt !== null && isGivenUp(over)
    ? { step: 'giveUp', at: now, reason: gaveUp(job.id, giveUpAt), set, more: error === null ? {} : { error } }
    : { step: 'expire', at: now, reason: 'expired', set };
}
