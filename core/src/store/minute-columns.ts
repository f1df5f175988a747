// The figures of a minute under their names in the table and in memory; zeros may be left out.
import { BUCKETS } from './time-buckets.ts';

/** Figure to number; times in milliseconds. */
export type Figures = Record<string, number>;

const COUNTS = ['added', 'completed', 'failed', 'cancelled', 'retried', 'wait_ms', 'run_ms'] as const;
/** How many jobs were in it: the most that were seen. */
const DEPTHS = ['pending', 'processing', 'parked'] as const;
/** When the last one completed, in milliseconds since 1970. */
const LATEST = ['completed_at'] as const;

const histogram = (name: string): readonly string[] => Array.from({ length: BUCKETS }, (_, i) => `${name}_${i}`);

/** How many of the waits and runs fell into each bucket. */
export const WAITS = histogram('wait');
export const RUNS = histogram('run');

const SUMS: readonly string[] = [...COUNTS, ...WAITS, ...RUNS];
export const FIGURES: readonly string[] = [...DEPTHS, ...LATEST, ...SUMS];

const GREATEST: ReadonlySet<string> = new Set([...DEPTHS, ...LATEST]);

/** The greatest counts, where others are added up. */
export const isGreatest = (name: string): boolean => GREATEST.has(name);

/** A row of the table: the minute, hour or whole time, and a value or null for each figure. */
export type MinuteRow = { span: number; type: string; at: number } & Record<string, number | string | null>;

/** Adds `more` to `figures`. */
export function addFigures(figures: Figures, more: Readonly<Figures>): void {
  for (const [name, n] of Object.entries(more)) {
    const known = figures[name] ?? 0;
    figures[name] = isGreatest(name) ? Math.max(known, n) : known + n;
  }
}

/** The counts of a histogram in the order of its buckets. */
export const countsIn = (figures: Readonly<Figures>, names: readonly string[]): number[] =>
  names.map((name) => figures[name] ?? 0);
