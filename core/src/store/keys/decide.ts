// What an added job means for the one of its key that is there. Pure: the state of a key in, a verdict out.
import type { AddOutcome } from '@phraseworks/sdk';
import type { UniqueRule } from '../../job/keyed.ts';
import { isWaiting } from '../../job/lifecycle.ts';
import type { JobRecord } from '../../job/record.ts';
import { millisecondsOf } from '../../kernel/duration.ts';

/** The last job of a key that has not ended. */
export interface Last extends Pick<JobRecord, 'id' | 'state' | 'priority' | 'runAt'> {
  /** When it was added, or the first of those that it replaced. */
  addedAt: number;
  /** If it is not stored yet. */
  record?: JobRecord;
  /** The later job that replaces it. */
  by?: JobRecord;
}

/** What is known of a key. */
export interface KeyView {
  last: Last | null;
  /** The first job of the period, and when that ends. */
  firstJob: string | null;
  until: number | null;
}

/** The job that an added one is, what changes in the last one of the key, and the key after it. */
export interface Verdict {
  outcome: AddOutcome | 'rejected';
  id: string;
  changed: Last | null;
  after: KeyView;
}

/** The id of the job that stands against another one; null: none. */
function taken(rule: UniqueRule, { last, firstJob, until }: KeyView, now: number): string | null {
  if (typeof rule.while === 'object') return until !== null && until > now ? firstJob : null;
  if (!last) return null;
  // While the attempt of a cancelled job is ending, another job may be added, which starts after it.
  const stands = isWaiting(last.state) || last.state === 'blocked';
  return stands || (rule.while === 'active' && last.state === 'processing') ? last.id : null;
}

export function decide(record: JobRecord, rule: UniqueRule | null, view: KeyView, now: number): Verdict {
  const { id, priority } = record;
  const { last } = view;
  const there = rule && taken(rule, view, now);
  const since = there === null ? now : (last?.addedAt ?? now);
  const [quiet, maxWait] = [millisecondsOf(rule?.quiet), millisecondsOf(rule?.maxWait)];
  const due = quiet === null ? null : Math.min(now + quiet, since + (maxWait ?? Number.POSITIVE_INFINITY));
  const to = (outcome: AddOutcome, changed: Last): Verdict => ({
    outcome,
    id: changed.id,
    changed,
    after: { ...view, last: changed },
  });
  if (there === null) {
    const state = last ? 'blocked' : 'ready';
    const added = to('added', { id, state, priority, runAt: later(due, record.runAt), addedAt: now, record });
    const period = typeof rule?.while === 'object' ? millisecondsOf(rule.while.period) : null;
    return period === null ? added : { ...added, after: { ...added.after, firstJob: id, until: now + period } };
  }
  if (rule?.onConflict === 'reject') return { outcome: 'rejected', id: there, changed: null, after: view };
  if (rule?.onConflict === 'replace' && last) {
    const runAt = later(due, record.runAt);
    return to('replaced', { ...last, by: record, runAt, priority: Math.min(last.priority, priority) });
  }
  if (due !== null && last) return to('kept', { ...last, runAt: later(due, last.runAt) });
  return { outcome: 'kept', id: there, changed: null, after: view };
}

/** The later one; null is at once. */
const later = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);
