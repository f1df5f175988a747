// Reads the stored figures of some days.

import type { Outcome } from '../collect/fact.ts';
import { addTo, type Histogram } from '../collect/histogram.ts';
import type { Database } from '../tables.ts';

export type Counts = Record<Outcome, number>;

export interface Reason {
  type: string;
  reason: string;
  failed: number;
  retried: number;
}

export interface Slow {
  jobId: string;
  type: string;
  about: string;
  ms: number;
  endedAt: number;
}

export interface Times {
  wait: Histogram;
  run: Histogram;
}

export interface PeriodFigures {
  days: readonly string[];
  byType: Map<string, Counts>;
  /** In the order of `days`. */
  byDay: Counts[];
  /** 0 to 23. */
  byHour: Counts[];
  timesByType: Map<string, Times>;
  timesByDay: Times[];
  /** Most frequent first. */
  reasons: Reason[];
  /** Slowest first. */
  slowest: Slow[];
  /** All attempts that ended. */
  total: Counts;
}

const OUTCOMES = ['completed', 'failed', 'retried', 'cancelled'] as const;
const noCounts = (): Counts => ({ completed: 0, failed: 0, retried: 0, cancelled: 0 });
const noTimes = (): Times => ({ wait: new Map(), run: new Map() });
const SHOWN = 10;

function add(to: Counts, row: { [K in Outcome]: unknown }): void {
  for (const outcome of OUTCOMES) to[outcome] += Number(row[outcome]);
}

function slot<T>(map: Map<string, T>, key: string, make: () => T): T {
  const made = map.get(key) ?? make();
  map.set(key, made);
  return made;
}

export async function readFigures(db: Database, days: readonly string[]): Promise<PeriodFigures> {
  const within = [...days];
  const [counts, times, reasons, slowest] = await Promise.all([
    db.selectFrom('pwj_report_counts').selectAll().where('day', 'in', within).execute(),
    db.selectFrom('pwj_report_times').selectAll().where('day', 'in', within).execute(),
    db
      .selectFrom('pwj_report_reasons')
      .select(({ fn }) => [
        'type',
        'reason_key',
        fn.max('reason').as('reason'),
        fn.sum('failed').as('failed'),
        fn.sum('retried').as('retried'),
      ])
      .where('day', 'in', within)
      .groupBy(['type', 'reason_key'])
      .execute(),
    db
      .selectFrom('pwj_report_slowest')
      .selectAll()
      .where('day', 'in', within)
      .orderBy('ms', 'desc')
      .limit(SHOWN * 3)
      .execute(),
  ]);

  const figures: PeriodFigures = {
    days,
    byType: new Map(),
    byDay: days.map(noCounts),
    byHour: Array.from({ length: 24 }, noCounts),
    timesByType: new Map(),
    timesByDay: days.map(noTimes),
    reasons: reasons
      .map(({ type, reason, failed, retried }) => ({
        type,
        reason: String(reason),
        failed: Number(failed),
        retried: Number(retried),
      }))
      .sort((a, b) => b.failed - a.failed || b.retried - a.retried)
      .slice(0, SHOWN),
    slowest: distinct(
      slowest.map((row) => ({
        jobId: row.job_id,
        type: row.type,
        about: row.about,
        ms: Number(row.ms),
        endedAt: Number(row.ended_at),
      })),
    ),
    total: noCounts(),
  };
  for (const row of counts) {
    add(figures.total, row);
    add(slot(figures.byType, row.type, noCounts), row);
    for (const part of [figures.byDay[days.indexOf(row.day)], figures.byHour[Number(row.hour)]])
      if (part) add(part, row);
  }
  for (const { day, type, kind, bucket, n } of times) {
    addTo(slot(figures.timesByType, type, noTimes)[kind], Number(bucket), Number(n));
    const ofDay = figures.timesByDay[days.indexOf(day)];
    if (ofDay) addTo(ofDay[kind], Number(bucket), Number(n));
  }
  return figures;
}

/** Lists a job that was attempted on two days once. */
function distinct(rows: readonly Slow[]): Slow[] {
  const seen = new Set<string>();
  return rows.filter((row) => !seen.has(row.jobId) && seen.add(row.jobId)).slice(0, SHOWN);
}

/** All jobs that ended. */
export const ended = ({ completed, failed, cancelled }: Counts): number => completed + failed + cancelled;
