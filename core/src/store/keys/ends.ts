// When a job of a key has ended, or a run of it has: which of its jobs is next, and what is left to remember of the key.
import type { UniqueRule } from '../../job/keyed.ts';
import { isFinal, isWaiting, publicState } from '../../job/lifecycle.ts';
import type { Moved } from '../changes.ts';
import { locked, type Movable, type Move } from '../transition.ts';
import type { Tx } from '../tx.ts';
import { type Head, type KeyRows, nameOf } from './rows.ts';

/** Jobs of a key that are looked at together. */
const AT_ONCE = 3;

export interface Ends {
  rows: KeyRows;
  now: number;
  ruleOf: (type: string) => UniqueRule | null | undefined;
}

type Plan = [Movable, Move][];

/** This transaction holds the keys. `moved`: what is known to have happened to their jobs. Returns the moves of the jobs that are next. */
export async function endJobs(
  tx: Tx,
  ends: Ends,
  heads: readonly Head[],
  moved: ReadonlyMap<string, Moved>,
): Promise<Plan> {
  const { rows, now } = ends;
  const plan: Plan = [];
  const kept: Head[] = [];
  const gone: string[] = [];
  const ended = new Set([...moved.values()].flatMap((one) => (hasEnded(one) ? [one.id] : [])));
  await rows.setActive(tx, [...ended], 0);
  for (const head of heads) {
    const { lastJob, until } = head;
    if (moved.get(head.firstJob ?? '')?.to === 'removed') head.until = null;
    const isAlone = lastJob !== null && ended.has(lastJob) && moved.get(lastJob)?.from === 'processing';
    // The one that ran was the first of its key: being the last one, too, it was the only one.
    if (!isAlone && (await readied(tx, ends, head, { plan, ended }))) {
      // A look without a reason repairs, so it trusts nothing.
      if (moved.size === 0 || ended.has(lastJob ?? '')) [head.lastJob = null] = await rows.queue(tx, head, 'last', 1);
      if (head.lastJob !== lastJob || head.until !== until) kept.push(head);
    } else if (head.until !== null && head.until > now) kept.push({ ...head, lastJob: null });
    else gone.push(nameOf(head));
  }
  await rows.writeHeads(tx, kept);
  await rows.removeHeads(tx, gone);
  return plan;
}

/** The attempt of a job that was cancelled while it ran may still be ending. */
const hasEnded = ({ from, to }: Moved): boolean =>
  to === 'removed' || to === 'completed' || to === 'failed' || (to === 'cancelled' && from !== 'processing');

/** Ends the jobs at the beginning of its queue that have ended, and readies the first of the others. False if there is none. */
async function readied(
  tx: Tx,
  { rows, now, ruleOf }: Ends,
  head: Head,
  { plan, ended }: { plan: Plan; ended: Set<string> },
): Promise<boolean> {
  for (;;) {
    const ids = await rows.queue(tx, head, 'first', AT_ONCE);
    if (ids.length === 0) return false;
    const jobs = new Map((await locked(tx, ids)).map((job) => [job.id, job]));
    const over: string[] = [];
    let first: Movable | null = null;
    for (const [i, id] of ids.entries()) {
      const job = jobs.get(id);
      if (!job || isOver(job, now)) over.push(id);
      else if (
        isWaiting(job.state) &&
        i + 1 < ids.length &&
        ruleOf(head.type)?.while === 'waiting' &&
        (await rows.hasFailed(tx, id))
      ) {
        plan.push([job, { step: 'supersede', at: now, reason: 'superseded' }]);
        over.push(id);
      } else {
        first = job;
        break;
      }
    }
    await rows.setActive(tx, over, 0);
    for (const id of over) ended.add(id);
    if (first === null) continue;
    const { state, runAt } = first;
    const dueAt = runAt !== null && runAt > now ? runAt : null;
    if (state === 'blocked') plan.push([first, { step: 'unblock', at: now, dueAt, reason: null }]);
    return true;
  }
}

/** The attempt of a cancelled job may still be ending, at the latest at the end of its lease. */
const isOver = ({ state, leaseUntil }: Movable, now: number): boolean =>
  isFinal(publicState(state)) && (leaseUntil === null || leaseUntil <= now);
