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

  /** Whether something happened in the minute that started then. */
  has(at: number): boolean {
    return this.#minutes.has(at);
  }

  note(changes: StoredChanges, now: number): void {
    const { events, parkedNew } = changes;
    // Jobs can be deleted and restored without an event.
    if (events.length === 0) for (const type of waitingChanged(changes)) this.#of(now, type);
    let type: string | undefined;
    let figures: Sums = {};
    for (const one of events) {
      const { event, jobType, wait, duration } = one;
      this.reasons.note(one, now);
      this.slowest.note(one, now);
      const name = COUNTED[event];
      // The backlog shrank, so sample this minute although nothing was counted.
      if (event === 'job_parked') this.#of(now, jobType);
      if (name === undefined) continue;
      // Most transactions are about one type.
      if (jobType !== type) figures = this.#of(now, jobType);
      type = jobType;
      figures[name] = (figures[name] ?? 0) + 1;
      if (event === 'job_completed') figures.completed_at = now;
      if (wait !== undefined) addDuration(figures, 'wait', wait);
      if (duration !== undefined) addDuration(figures, 'run', duration);
    }
    for (const [parked, n] of parkedNew) addSums(this.#of(now, parked), { added: n });
  }

  /** Adds what was sampled at that time. */
  add(minutes: readonly MinuteFigures[]): void {
    for (const { at, type, figures } of minutes) if (type !== ALL_TYPES) addSums(this.#of(at, type), figures);
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

/** The types whose backlog changed. */
function waitingChanged(changes: StoredChanges): string[] {
  const waiting = new Map<string, number>();
  for (const { state, type, n } of changes.counts())
    if (state === 'ready' || state === 'scheduled') waiting.set(type, (waiting.get(type) ?? 0) + n);
  return [...waiting].flatMap(([type, n]) => (n === 0 ? [] : [type]));
}
