// Sums up facts into rows to add to the tables, per day of the site and type. Pure.
import { createHash } from 'node:crypto';
import type { Zone } from '@phraseworks/sdk/zone';
import type { Fact, Outcome } from './fact.ts';
import { bucketOf } from './histogram.ts';

export interface CountRow extends Record<Outcome, number> {
  day: string;
  /** 0 to 23, in the site's zone. */
  hour: number;
  type: string;
}

export interface TimeRow {
  day: string;
  type: string;
  kind: 'wait' | 'run';
  bucket: number;
  n: number;
}

export interface ReasonRow {
  day: string;
  type: string;
  /** A hash of the text, which may be too long for an index. */
  reason_key: string;
  reason: string;
  failed: number;
  retried: number;
}

export interface SlowRow {
  day: string;
  job_id: string;
  type: string;
  /** The job's summary, if its type has one. */
  about: string;
  ms: number;
  /** When it ended, in milliseconds since 1970. */
  ended_at: number;
}

export interface Folded {
  counts: CountRow[];
  times: TimeRow[];
  reasons: ReasonRow[];
  /** Each day's slowest. */
  slowest: SlowRow[];
}

const SLOWEST = 10;
/** Reasons per day and type in one batch; the rest are counted together. */
export const REASONS = 50;
export const OTHER_REASONS = 'other reasons';

export const reasonKey = (reason: string): string => createHash('sha256').update(reason).digest('hex').slice(0, 32);

/** The row of this key, created if missing. */
function at<R>(rows: Map<string, R>, key: string, make: () => R): R {
  const known = rows.get(key);
  if (known) return known;
  const made = make();
  rows.set(key, made);
  return made;
}

/** The slowest of each day; a job counts with its longest attempt. */
export function slowestOf(rows: readonly SlowRow[]): SlowRow[] {
  const days = new Map<string, Map<string, SlowRow>>();
  for (const row of rows) {
    const day = at(days, row.day, () => new Map<string, SlowRow>());
    const known = day.get(row.job_id);
    if (!known || known.ms < row.ms) day.set(row.job_id, row);
  }
  return [...days.values()].flatMap((day) => [...day.values()].sort((a, b) => b.ms - a.ms).slice(0, SLOWEST));
}

export function fold(facts: readonly Fact[], zone: Zone): Folded {
  const counts = new Map<string, CountRow>();
  const times = new Map<string, TimeRow>();
  const reasons = new Map<string, ReasonRow>();
  const kinds = new Map<string, number>();
  const slow: SlowRow[] = [];

  for (const { jobId, type, outcome, at: when, wait, ran, reason } of facts) {
    const day = zone.dayOf(when);
    const hour = Math.floor(zone.minuteOf(when) / 60);
    const none = { completed: 0, failed: 0, retried: 0, cancelled: 0 };
    at(counts, `${day} ${hour} ${type}`, () => ({ day, hour, type, ...none }))[outcome] += 1;

    const measured = (kind: TimeRow['kind'], ms: number) => {
      const bucket = bucketOf(ms);
      at(times, `${day} ${kind} ${bucket} ${type}`, () => ({ day, type, kind, bucket, n: 0 })).n += 1;
    };
    if (wait !== undefined) measured('wait', wait);
    if (ran !== undefined && outcome !== 'cancelled') {
      measured('run', ran);
      slow.push({ day, job_id: jobId, type, about: '', ms: ran, ended_at: when });
    }

    if (reason === undefined) continue;
    const kind = `${day} ${type}`;
    let text = reason;
    if (!reasons.has(`${kind} ${reason}`)) {
      const known = kinds.get(kind) ?? 0;
      if (known >= REASONS) text = OTHER_REASONS;
      else kinds.set(kind, known + 1);
    }
    const row = at(reasons, `${kind} ${text}`, () => {
      return { day, type, reason_key: reasonKey(text), reason: text, failed: 0, retried: 0 };
    });
    row[outcome === 'failed' ? 'failed' : 'retried'] += 1;
  }
  return {
    counts: [...counts.values()],
    times: [...times.values()],
    reasons: [...reasons.values()],
    slowest: slowestOf(slow),
  };
}
