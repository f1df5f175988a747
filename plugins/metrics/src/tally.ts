// What this process has counted but not written yet: sums by minute and type, reasons and slow jobs.
import type { JobEvent, StoredChanges } from '@phraseworks/sdk';
import { MINUTE } from './history.ts';
import { ReasonTally } from './reasons.ts';
import { SlowTally } from './slowest.ts';
import { addDuration, addSums, type Sums } from './sums.ts';
import { ALL_TYPES, type MinuteFigures } from './table.ts';

/** The most types per minute with their own figures; the others are counted together. */
const MOST_TYPES = 200;
const OTHER = 'other';
/** Minutes that are kept while the database is unavailable. */
const MOST_MINUTES = 60;

const COUNTED: Partial<Record<JobEvent['event'], string>> = {
  job_added: 'added',
  job_completed: 'completed',
  job_failed: 'failed',
  job_cancelled: 'cancelled',
  job_retry: 'retried',
};

export class Tally {
  readonly reasons = new ReasonTally();
  readonly slowest = new SlowTally();
  #minutes = new Map<number, Map<string, Sums>>();

  get isEmpty(): boolean {
    return this.#minutes.size === 0;
  }

  note({ events }: StoredChanges, now: number): void {
    let type: string | undefined;
    let figures: Sums = {};
    for (const one of events) {
      const { event, jobType, wait, duration } = one;
      this.reasons.note(one, now);
      this.slowest.note(one, now);
      const name = COUNTED[event];
      if (name === undefined) continue;
      // Most transactions are about one type.
      if (jobType !== type) figures = this.#of(now, jobType);
      type = jobType;
      figures[name] = (figures[name] ?? 0) + 1;
      if (event === 'job_completed') figures.completed_at = now;
      if (wait !== undefined) addDuration(figures, 'wait', wait);
      if (duration !== undefined) addDuration(figures, 'run', duration);
    }
  }

  /** The figures by type, and the sum of all types. */
  list(): MinuteFigures[] {
    return [...this.#minutes].flatMap(([at, types]) => {
      const all: Sums = {};
      for (const figures of types.values()) addSums(all, figures);
      return [{ at, type: ALL_TYPES, figures: all }, ...[...types].map(([type, figures]) => ({ at, type, figures }))];
    });
  }

  clear(): void {
    this.#minutes = new Map();
  }

  #of(now: number, type: string): Sums {
    const at = now - (now % MINUTE);
    let types = this.#minutes.get(at);
    if (!types) {
      types = new Map();
      this.#minutes.set(at, types);
      if (this.#minutes.size > MOST_MINUTES) this.#minutes.delete(Math.min(...this.#minutes.keys()));
    }
    const name = types.has(type) || types.size < MOST_TYPES ? type : OTHER;
    let figures = types.get(name);
    if (!figures) {
      figures = {};
      types.set(name, figures);
    }
    return figures;
  }
}
