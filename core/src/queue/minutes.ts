// Figures over time: kept in memory as jobs come and go, added to the table once a minute and at the stop, read for charts.

import type { JobEvent } from '@phraseworks/sdk';
import type { MetricsHistory, MetricsPoint } from '../host.ts';
import { type Cancel, type Clock, iso, pause } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { ALL_TYPES, HOUR, type MetricsStore, MINUTE, type MinuteFigures } from '../store/metrics-store.ts';
import { addFigures, countsIn, type Figures, RUNS, WAITS } from '../store/minute-columns.ts';
import { bucketOf, quantile } from '../store/time-buckets.ts';
import { BULK_TYPE } from './bulk.ts';
import { metricsOf } from './metrics.ts';

/** Types of one minute with figures of their own; the others count together. */
const MOST_TYPES = 200;
export const OTHER = 'other';
/** Minutes that are kept while the database is away. */
const MOST_MINUTES = 60;

/** What a transaction of this process has changed. */
interface Written {
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

const MOST_POINTS = 300;
/** Minutes and hours that a slot may span; from an hour on, figures are read by the hour. */
const STEPS = [1, 2, 5, 10, 15].map((n) => n * MINUTE).concat([1, 2, 3, 6, 12, 24].map((n) => n * HOUR));

/** Milliseconds since 1970; `from` and `to` lie on multiples of the step. */
interface Range {
  from: number;
  to: number;
  step: number;
}

/** The shortest step with which so many minutes before `now` are not too many points; the last slot holds `now`. */
export function rangeOf(minutes: number, now: number): Range {
  const length = minutes * MINUTE;
  const step = STEPS.find((one) => Math.ceil(length / one) <= MOST_POINTS) ?? (STEPS.at(-1) as number);
  const to = now - (now % step) + step;
  return { from: to - Math.ceil(length / step) * step, to, step };
}

/**
 * Slot to the most jobs that waited in it. Between two samples of an hour nothing has changed, since every event brings one;
 * after an hour without any, nothing waits or no process runs. `samples` are of whole minutes, the oldest first.
 */
export function pendingIn(
  { from, to, step }: Range,
  samples: readonly { at: number; pending: number }[],
  now: number,
): Map<number, number> {
  const most = new Map<number, number>();
  for (const [i, { at, pending }] of samples.entries()) {
    const until = Math.min(samples[i + 1]?.at ?? now + 1, at + HOUR, to);
    for (let minute = Math.max(at, from); minute < until || minute === at; minute += MINUTE) {
      const slot = minute - (minute % step);
      most.set(slot, Math.max(most.get(slot) ?? 0, pending));
    }
  }
  return most;
}

/** A point for each slot of the range; in one without figures nothing happened. `pending` replaces what the figures say of it. */
export function historyOf(
  { from, to, step }: Range,
  slots: ReadonlyMap<number, Figures>,
  types: readonly string[],
  pending?: ReadonlyMap<number, number>,
): MetricsHistory {
  const points: MetricsPoint[] = [];
  for (let at = from; at < to; at += step) {
    const point = pointOf(at, slots.get(at) ?? {});
    points.push(pending ? { ...point, pending: pending.get(at) ?? 0 } : point);
  }
  return { from: iso(from), to: iso(to), step, points, types: [...types] };
}

function pointOf(at: number, figures: Figures): MetricsPoint {
  const { added = 0, completed = 0, failed = 0, cancelled = 0, retried = 0, pending = 0 } = figures;
  const waits = countsIn(figures, WAITS);
  const runs = countsIn(figures, RUNS);
  return {
    at: iso(at),
    added,
    completed,
    failed,
    cancelled,
    retried,
    waitP50: tenths(quantile(waits, 0.5)),
    waitP95: tenths(quantile(waits, 0.95)),
    runP50: tenths(quantile(runs, 0.5)),
    runP95: tenths(quantile(runs, 0.95)),
    pending,
  };
}

const tenths = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 10) / 10);

/** After the end of a minute, so that its last commits are in, in milliseconds. */
const LATE = 500;
/** How long a stop waits for the last write, in milliseconds. */
const PATIENCE = 2_000;

interface MinutesDeps {
  store: MetricsStore;
  /** How many jobs are in which state, by type. */
  counts: () => Promise<{ state: string; type: string; n: number }[]>;
  clock: Clock;
  log: Logger;
}

export class Minutes {
  readonly #deps: MinutesDeps;
  readonly #tally = new Tally();
  #timer: Cancel | null = null;
  /** When the timer fires, in milliseconds since 1970. */
  #due = 0;
  /** Nothing is looked at from now on. */
  #over = false;
  /** One after the other, so that figures being written are not counted both as stored and as open. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: MinutesDeps) {
    this.#deps = deps;
  }

  /** Jobs that wait already are seen although nothing happens. */
  start(): void {
    this.#arm(MINUTE);
  }

  /** A transaction of this process is stored. */
  note(written: Written): void {
    this.#tally.note(written, this.#deps.clock.now());
    if (written.events.length > 0 || !this.#tally.isEmpty) this.#arm(MINUTE);
  }

  /** Writes the open figures; never rejects. */
  flush(): Promise<void> {
    return this.#alone(async () => {
      try {
        await this.#write();
      } catch (error) {
        this.#deps.log.warn(`Figures of the last minutes cannot be written now and are kept: ${messageOf(error)}`);
      }
    });
  }

  /** Writes the open figures and sleeps until something happens again. Waits a moment at most: the database may be away. */
  async rest(): Promise<void> {
    const enough = new AbortController();
    await Promise.race([this.flush(), pause(this.#deps.clock, PATIENCE, enough.signal)]);
    enough.abort();
    this.#timer?.();
    this.#timer = null;
  }

  /** The last write: figures that a flush under way leaves behind start no timer. */
  async end(): Promise<void> {
    this.#over = true;
    await this.rest();
  }

  /** Writes what this process has done, where it has done something: for a process that ends soon. */
  async writeNoted(): Promise<void> {
    this.#over = true;
    if (!this.#tally.isEmpty) await this.flush();
    this.#timer?.();
    this.#timer = null;
  }

  /** `type` undefined: all of them. */
  history(minutes: number, type: string | undefined): Promise<MetricsHistory> {
    return this.#alone(async () => {
      const { store, clock } = this.#deps;
      const range = rangeOf(minutes, clock.now());
      const name = type ?? ALL_TYPES;
      const slots = await store.slots(name, range);
      const samples = range.step < HOUR ? await store.depths(name, { ...range, from: range.from - HOUR }) : [];
      const now = clock.now();
      const own = [...this.#tally.list(), ...(await this.#depths(minuteOf(now)))];
      const mine = own.filter((minute) => minute.type === name);
      for (const minute of mine) addTo(slots, range, minute);
      samples.push({
        at: minuteOf(now),
        pending: Math.max(0, ...mine.map(({ figures }) => figures.pending ?? 0)),
      });
      const pending = range.step < HOUR ? pendingIn(range, samples, now) : undefined;
      const types = new Set([...(await store.types()), ...own.map((minute) => minute.type)]);
      const shown = [...types].filter((one) => one !== ALL_TYPES && one !== BULK_TYPE).sort();
      return historyOf(range, slots, shown, pending);
    });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Looks again when the minute, or the hour, has ended. */
  #arm(span: number): void {
    if (this.#over) return;
    const { clock } = this.#deps;
    const now = clock.now();
    const wait = span - (now % span) + LATE;
    if (this.#timer && this.#due <= now + wait) return;
    this.#timer?.();
    this.#due = now + wait;
    this.#timer = clock.after(wait, () => {
      this.#timer = null;
      void this.flush().then(() => !this.#tally.isEmpty && this.#arm(MINUTE));
    });
  }

  async #write(): Promise<void> {
    // Shortly after a minute has ended, the counts are still those of its end.
    const now = this.#deps.clock.now();
    const ended = minuteOf(now - LATE - 1);
    const depths = await this.#depths(ended);
    // What has happened in the next one already is written with it, and somebody may still wait.
    const current = minuteOf(now);
    if (current !== ended && this.#tally.has(current))
      depths.push(...depths.map((depth) => ({ ...depth, at: current })));
    const all = depths.find(({ type }) => type === ALL_TYPES)?.figures;
    const stands = (all?.pending ?? 0) + (all?.processing ?? 0) > 0;
    if (this.#tally.isEmpty && !stands) return;
    this.#tally.add(depths);
    const minutes = this.#tally.list();
    this.#tally.clear();
    try {
      // In all there are as many as in all types together; those were seen one by one.
      await this.#deps.store.add(merged([...minutes, ...depths.filter(({ type }) => type === ALL_TYPES)]));
    } catch (error) {
      this.#tally.add(minutes);
      throw error;
    }
    // Without an event they stay as many as they are: seen again from time to time, as a sign that somebody is there.
    if (stands) this.#arm(HOUR);
  }

  /** How many jobs are in which state now, as figures of the minute that begins then. */
  async #depths(at: number): Promise<MinuteFigures[]> {
    const all = metricsOf(await this.#deps.counts(), [], 0);
    return [[ALL_TYPES, all] as const, ...Object.entries(all.types)]
      .filter(([, { pending, processing, parked }]) => pending + processing + parked > 0)
      .map(([type, { pending, processing, parked }]) => ({ at, type, figures: { pending, processing, parked } }));
  }
}

const minuteOf = (time: number): number => time - (time % MINUTE);

function addTo(slots: Map<number, Figures>, { from, to, step }: Range, { at, figures }: MinuteFigures): void {
  if (at < from || at >= to) return;
  const slot = at - (at % step);
  const sums = slots.get(slot) ?? {};
  slots.set(slot, sums);
  addFigures(sums, figures);
}

/** One entry for each minute and type. */
function merged(minutes: readonly MinuteFigures[]): MinuteFigures[] {
  const all = new Map<string, MinuteFigures>();
  for (const { at, type, figures } of minutes) {
    const known = all.get(`${at} ${type}`) ?? { at, type, figures: {} };
    all.set(`${at} ${type}`, known);
    addFigures(known.figures, figures);
  }
  return [...all.values()];
}
