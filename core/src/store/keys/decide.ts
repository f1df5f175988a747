// What an added job means for the one of its key that is there. Pure: the state of a key in, a verdict out.
import type { UniqueRule } from '../../job/keyed.ts';
import { isWaiting, type StoredState } from '../../job/lifecycle.ts';
import type { JobRecord } from '../../job/record.ts';

/** The last job of a key that has not ended. */
export interface Last {
  id: string;
  state: StoredState;
  priority: number;
  runAt: number | null;
  /** When it was added, or the first of those that it replaced. */
  addedAt: number;
  /** If it is not stored yet. */
  record?: JobRecord;
}

/** What is known of a key. */
export interface KeyView {
  last: Last | null;
  /** The first job of the period, and when that ends. */
  firstJob: string | null;
  until: number | null;
}

/** What becomes of an added job. `due`: it runs then at the earliest. */
export type Verdict =
  | { answer: 'added'; blocked: boolean; due: number | null }
  | { answer: 'kept' | 'replaced'; id: string; due: number | null }
  | { answer: 'rejected'; id: string };

const waits = ({ state }: Last): boolean => isWaiting(state) || state === 'blocked';

/** The job that stands against another one. */
function taken(rule: UniqueRule, { last, firstJob, until }: KeyView, now: number): Pick<Last, 'id' | 'addedAt'> | null {
  if (rule.while === 'period')
    return firstJob !== null && until !== null && until > now ? { id: firstJob, addedAt: now } : null;
  if (!last) return null;
  // While the attempt of a cancelled job is ending, another job may be added, which starts after it.
  return waits(last) || (rule.while === 'active' && last.state === 'processing') ? last : null;
}

export function decide(rule: UniqueRule | null, view: KeyView, now: number): Verdict {
  const there = rule && taken(rule, view, now);
  const latest = rule?.maxWait ? (there?.addedAt ?? now) + rule.maxWait : Number.POSITIVE_INFINITY;
  const due = rule?.quiet ? Math.min(now + rule.quiet, latest) : null;
  if (!there) return { answer: 'added', blocked: view.last !== null, due };
  if (rule.onConflict === 'reject') return { answer: 'rejected', id: there.id };
  return { answer: rule.onConflict === 'replace' ? 'replaced' : 'kept', id: there.id, due };
}

/** The later one; null is at once. */
export const later = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b);
