// Figures over time: kept in memory as jobs come and go, added to the table once a minute and at the stop, read for charts.

import type { MetricsHistory } from '../host.ts';
import { type Cancel, type Clock, pause } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { ALL_TYPES, HOUR, type MetricsStore, MINUTE, type MinuteFigures } from '../store/metrics-store.ts';
import { addFigures, type Figures } from '../store/minute-columns.ts';
import { BULK_TYPE } from './bulk.ts';
import { metricsOf } from './metrics.ts';
import { historyOf, pendingIn, type Range, rangeOf } from './metrics-history.ts';
import { Tally, type Written } from './minutes-tally.ts';

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
