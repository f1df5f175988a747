// Figures over time: counted as jobs come and go, stored once a minute and when the plugin stops, read for charts.
import { randomUUID } from 'node:crypto';
import type { Logger, Monitor, PluginClock, StoredChanges } from '@phraseworks/sdk';
import { addFigures, type Figures } from './figures.ts';
import { HOUR, historyOf, type MetricsHistory, MINUTE, pendingIn, type Range, rangeOf } from './history.ts';
import { ALL_TYPES, type MinuteFigures, type MinutesTable } from './table.ts';
import { Tally } from './tally.ts';

/** After the end of a minute, so that its last commits are in, in milliseconds. */
const LATE = 500;

interface MinutesParts {
  table: MinutesTable;
  monitor: Monitor;
  clock: PluginClock;
  log: Logger;
  /** Milliseconds that minutes and hours stay. */
  retention: number;
}

/** Figures on their way into the table, under an id with which they are stored once. */
interface Batch {
  id: string;
  minutes: readonly MinuteFigures[];
}

export class Minutes {
  readonly #parts: MinutesParts;
  readonly #tally = new Tally();
  /** Was not stored, or its answer was lost. */
  #unsure: Batch | null = null;
  #stopTimer: (() => void) | null = null;
  /** When the timer fires, in milliseconds since 1970. */
  #due = 0;
  #over = false;
  /** One after the other, so that figures being written are not counted both as stored and as open. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: MinutesParts) {
    this.#parts = parts;
  }

  /** Jobs that wait already are seen although nothing happens. */
  start(): void {
    this.#arm(MINUTE);
    this.#pruneIn(MINUTE);
  }

  note(changes: StoredChanges): void {
    this.#tally.note(changes, this.#parts.clock.now());
    if (changes.events.length > 0 || !this.#tally.isEmpty) this.#arm(MINUTE);
  }

  /** Writes what is open; never rejects. */
  flush(): Promise<void> {
    return this.#alone(async () => {
      try {
        await this.#write();
      } catch (error) {
        const { message } = error as Error;
        this.#parts.log.warn(`Figures of the last minutes cannot be written now and are kept: ${message}`);
      }
    });
  }

  /** The last write: what comes later starts no timer. */
  async stop(): Promise<void> {
    this.#over = true;
    this.#stopTimer?.();
    await this.flush();
  }

  /** `type` undefined: all of them. */
  history(minutes: number, type: string | undefined): Promise<MetricsHistory> {
    return this.#alone(async () => {
      const { table, clock } = this.#parts;
      await this.#settle();
      const range = rangeOf(minutes, clock.now());
      const name = type ?? ALL_TYPES;
      const slots = await table.slots(name, range);
      const samples = range.step < HOUR ? await table.depths(name, { ...range, from: range.from - HOUR }) : [];
      const now = clock.now();
      const own = [...this.#tally.list(), ...(await this.#depths(minuteOf(now)))];
      const mine = own.filter((minute) => minute.type === name);
      for (const minute of mine) addTo(slots, range, minute);
      samples.push({ at: minuteOf(now), pending: Math.max(0, ...mine.map(({ figures }) => figures.pending ?? 0)) });
      const pending = range.step < HOUR ? pendingIn(range, samples, now) : undefined;
      const types = new Set([...(await table.types()), ...own.map((minute) => minute.type)]);
      return historyOf(range, slots, [...types].filter(isShown).sort(), clock.iso, pending);
    });
  }

  /** Everything since the beginning, by type; with what is open here, if it can be written. */
  async totals(writable: boolean): Promise<Map<string, Figures>> {
    if (writable) await this.flush();
    return this.#parts.table.ever();
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Looks again when the minute, or the hour, has ended. */
  #arm(span: number): void {
    if (this.#over) return;
    const { clock } = this.#parts;
    const now = clock.now();
    const wait = span - (now % span) + LATE;
    if (this.#stopTimer && this.#due <= now + wait) return;
    this.#stopTimer?.();
    this.#due = now + wait;
    this.#stopTimer = clock.after(wait, () => {
      this.#stopTimer = null;
      void this.flush().then(() => (this.#unsure || !this.#tally.isEmpty) && this.#arm(MINUTE));
    });
  }

  #pruneIn(ms: number): void {
    const { table, clock, log, retention } = this.#parts;
    if (this.#over) return;
    clock.after(ms, () => {
      const now = clock.now();
      void table
        .prune(now - retention, now)
        .catch((error: Error) => log.warn(`Old figures cannot be removed now: ${error.message}`))
        .then(() => this.#pruneIn(HOUR));
    });
  }

  /** Stores what was not stored before, or finds that it was. */
  async #settle(): Promise<void> {
    if (!this.#unsure) return;
    await this.#parts.table.add(this.#unsure.id, this.#unsure.minutes, this.#parts.clock.now());
    this.#unsure = null;
  }

  async #write(): Promise<void> {
    await this.#settle();
    // Shortly after a minute has ended, the counts are still those of its end.
    const now = this.#parts.clock.now();
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
    // In all there are as many as in all types together; those were seen one by one.
    const minutes = [...this.#tally.list(), ...depths.filter(({ type }) => type === ALL_TYPES)];
    this.#unsure = { id: randomUUID(), minutes };
    this.#tally.clear();
    await this.#settle();
    // Without an event they stay as many as they are: seen again from time to time, as a sign that somebody is there.
    if (stands) this.#arm(HOUR);
  }

  /** How many jobs are in which state now, as figures of the minute that begins then. */
  async #depths(at: number): Promise<MinuteFigures[]> {
    const all: Figures = {};
    const types: MinuteFigures[] = [];
    for (const [type, { pending = 0, processing = 0, parked = 0 }] of await this.#parts.monitor.jobs()) {
      if (pending + processing + parked === 0) continue;
      types.push({ at, type, figures: { pending, processing, parked } });
      for (const [name, n] of Object.entries({ pending, processing, parked })) all[name] = (all[name] ?? 0) + n;
    }
    return types.length === 0 ? [] : [{ at, type: ALL_TYPES, figures: all }, ...types];
  }
}

const minuteOf = (time: number): number => time - (time % MINUTE);

/** Neither the sum of all nor the system's own jobs for bulk actions. */
const isShown = (type: string): boolean => type !== ALL_TYPES && type !== 'jobs.bulk';

function addTo(slots: Map<number, Figures>, { from, to, step }: Range, { at, figures }: MinuteFigures): void {
  if (at < from || at >= to) return;
  const slot = at - (at % step);
  slots.set(slot, addFigures(slots.get(slot) ?? {}, figures));
}
