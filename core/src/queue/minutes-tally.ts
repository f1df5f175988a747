// What happened in this process and is not written yet, by minute and type: an addition to memory for each event, no statement.
import type { JobEvent } from '@phraseworks/sdk';
import { ALL_TYPES, MINUTE, type MinuteFigures } from '../store/metrics-store.ts';
import { addFigures, type Figures, RUNS, WAITS } from '../store/minute-columns.ts';
import { bucketOf } from '../store/time-buckets.ts';

/** Types of one minute with figures of their own; the others count together. */
const MOST_TYPES = 200;
export const OTHER = 'other';
/** Minutes that are kept while the database is away. */
const MOST_MINUTES = 60;

/** What a transaction of this process has changed. */
export interface Written {
  readonly events: readonly JobEvent[];
  /** New jobs that are parked, by type: no event says of them that they are new. */
  readonly parkedNew: ReadonlyMap<string, number>;
  /** How many more, or fewer, jobs are in which state. */
  counts(): readonly { state: string; type: string; n: number }[];
}

const COUNTED: Partial<Record<JobEvent['event'], string>> = {
  job_added: 'added',
  job_completed: 'completed',
  job_failed: 'failed',
  job_cancelled: 'cancelled',
  job_retry: 'retried',
};

export class Tally {
  #minutes = new Map<number, Map<string, Figures>>();

  get isEmpty(): boolean {
    return this.#minutes.size === 0;
  }

  /** Has something happened in the minute that began then? */
  has(at: number): boolean {
    return this.#minutes.has(at);
  }

  note(written: Written, now: number): void {
    const { events, parkedNew } = written;
    // Jobs are deleted, and come back, without an event.
    if (events.length === 0) for (const type of waitingChanged(written)) this.#of(now, type);
    let type: string | undefined;
    let figures: Figures = {};
    for (const { event, jobType, wait, duration } of events) {
      const name = COUNTED[event];
      // Fewer wait: the minute is looked at, although nothing is counted.
      if (event === 'job_parked') this.#of(now, jobType);
      if (name === undefined) continue;
      // Most transactions are about one type.
      if (jobType !== type) figures = this.#of(now, jobType);
      type = jobType;
      figures[name] = (figures[name] ?? 0) + 1;
      if (event === 'job_completed') figures.completed_at = now;
      if (wait !== undefined) measured(figures, 'wait_ms', WAITS, wait);
      if (duration !== undefined) measured(figures, 'run_ms', RUNS, duration);
    }
    for (const [parked, n] of parkedNew) addFigures(this.#of(now, parked), { added: n });
  }

  /** Adds what could not be written, or was seen at that time. */
  add(minutes: readonly MinuteFigures[]): void {
    for (const { at, type, figures } of minutes) if (type !== ALL_TYPES) addFigures(this.#of(at, type), figures);
  }

  /** What is there, and all types together beside it. */
  list(): MinuteFigures[] {
    return [...this.#minutes].flatMap(([at, types]) => {
      const all: Figures = {};
      for (const figures of types.values()) addFigures(all, figures);
      return [{ at, type: ALL_TYPES, figures: all }, ...[...types].map(([type, figures]) => ({ at, type, figures }))];
    });
  }

  clear(): void {
    this.#minutes = new Map();
  }

  #of(now: number, type: string): Figures {
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

/** The types of which more, or fewer, jobs wait. */
function waitingChanged(written: Written): string[] {
  const waiting = new Map<string, number>();
  for (const { state, type, n } of written.counts())
    if (state === 'ready' || state === 'scheduled') waiting.set(type, (waiting.get(type) ?? 0) + n);
  return [...waiting].flatMap(([type, n]) => (n === 0 ? [] : [type]));
}

function measured(figures: Figures, sum: string, buckets: readonly string[], ms: number): void {
  const bucket = buckets[bucketOf(ms)] as string;
  figures[bucket] = (figures[bucket] ?? 0) + 1;
  figures[sum] = (figures[sum] ?? 0) + ms;
}
