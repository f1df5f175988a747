// Figures over time: counted in memory, stored once a minute and when the plugin stops, and read for charts.
import { createHash, randomUUID } from 'node:crypto';
import type { FiguresBetween, JobsApi, Logger, PluginClock, StoredChanges } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { figuresOf, HOUR, historyOf, MINUTE, QUARTER, type Range, rangeOf, totalsOf } from './history.ts';
import { readReasons } from './reasons.ts';
import { readSlowest, withSummaries } from './slowest.ts';
import { addSums, type Sums } from './sums.ts';
import { ALL_TYPES, type Batch, type MinuteFigures, type MinutesTable } from './table.ts';
import type { Database } from './tables.ts';
import { Tally } from './tally.ts';

/** Milliseconds after the end of a minute until it is written, so that its last commits are in, and a random delay on top. */
const LATE = 500;
const SPREAD = 2_000;
/** Until so many milliseconds after the end of a minute, also if a timer is late, the backlog is taken for that of its end. */
const STILL = 2 * (LATE + SPREAD);
/** The attempts of a write that conflicts with other processes, and the milliseconds before the second attempt, doubled each time. */
const TRIES = 3;
const REST = 50;
/** Milliseconds that a stop waits for the last write. */
const LAST = 2_000;
/** Old figures are removed in rounds of this many milliseconds, with a pause after each pass, and the rest in later rounds. */
const BUDGET = 2_000;
const PASS_INTERVAL = 20;
const NEXT_ROUND = 1_000;

/** Reasons and slow jobs that are read. */
const MOST = 10;

interface MinutesParts {
  db: Database;
  table: MinutesTable;
  /** The id of this process. */
  node: string;
  getQueueMetrics: JobsApi['getQueueMetrics'];
  clock: PluginClock;
  log: Logger;
  /** Fires when the plugin is disabled, and ends all pauses. */
  signal: AbortSignal;
  /** Milliseconds that sums by the minute and by the quarter of an hour are kept. */
  retention: { minutes: number; quarters: number };
  /** The summary of a job; empty if it has none. */
  about: (jobId: string) => Promise<string>;
}

export class Minutes {
  readonly #parts: MinutesParts;
  /** 0 <= x < 1, derived from the node, so that processes do not all write at the same time. */
  readonly #spread: number;
  readonly #late: number;
  readonly #tally = new Tally();
  /** A batch that may not have been stored. */
  #unsure: Batch | null = null;
  #stopTimer: (() => void) | null = null;
  #over = false;
  /** Runs operations one at a time, so that figures being written are not counted twice. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: MinutesParts) {
    this.#parts = parts;
    this.#spread = createHash('sha256').update(parts.node).digest().readUInt16BE() / 0x10000;
    this.#late = LATE + Math.floor(this.#spread * SPREAD);
  }

  start(): void {
    const { table, clock } = this.#parts;
    const now = clock.now();
    // If it cannot be written now, figures count as kept since the first ones.
    void this.#alone(() => table.begin(now)).catch(() => {});
    this.#arm();
    this.#upkeepIn(NEXT_ROUND);
  }

  note(changes: StoredChanges): void {
    this.#tally.note(changes, this.#parts.clock.now());
  }

  /** Writes the unwritten figures; never rejects. */
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

  /** Writes for the last time and starts no more timers. Never rejects. */
  async stop(): Promise<void> {
    const { clock, log } = this.#parts;
    this.#over = true;
    this.#stopTimer?.();
    const write = this.#alone(() => this.#write());
    const lost = await new Promise<string | null>((resolve) => {
      const cancel = clock.after(LAST, () => resolve(`the database did not answer within ${LAST / 1_000} s`));
      void write
        .then(
          () => resolve(null),
          (error: Error) => resolve(error.message),
        )
        .finally(cancel);
    });
    if (lost !== null) log.warn(`Figures of the last minutes could not be written at the stop and are lost: ${lost}`);
  }

  /** `asked`: of these types together; empty: of all. */
  history(minutes: number, asked: readonly string[]): Promise<MetricsHistory> {
    return this.#alone(async () => {
      const { table, clock } = this.#parts;
      // Only read, so that figures are shown even if they cannot be written now.
      if (this.#unsure && (await table.isStored(this.#unsure.id))) this.#unsure = null;
      const range = rangeOf(minutes, clock.now());
      const names = asked.length === 0 ? [ALL_TYPES] : asked;
      const own = [
        ...(this.#unsure?.minutes ?? []),
        ...this.#tally.list(),
        ...(await this.#waiting(minuteOf(clock.now()))),
      ];
      const slots = new Map<number, Sums>();
      for (const name of names) {
        const ofType = await table.slots(name, range);
        for (const minute of own) if (minute.type === name) addTo(ofType, range, minute);
        for (const [at, sums] of ofType) slots.set(at, together(slots.get(at) ?? {}, sums));
      }
      const found = new Set([...(await table.types()), ...own.map((minute) => minute.type)]);
      const types = [...found].filter(isShown).sort();
      const each = asked.length === 1 ? [] : types.filter((type) => asked.length === 0 || asked.includes(type));
      const byType = await table.byType(each, range);
      for (const { at, type, figures } of own)
        if (each.includes(type) && at >= range.from) byType.set(type, addSums(byType.get(type) ?? {}, figures));
      return { ...historyOf(range, slots, types, clock.iso), byType: totalsOf(byType) };
    });
  }

  /** The service `Figures`; it writes the open sums first. */
  async between(times: readonly number[]): Promise<FiguresBetween> {
    await this.flush();
    const { db, table, clock } = this.#parts;
    const edges = times.map((at) => at - (at % QUARTER));
    const [from = 0, to = 0] = [edges[0], edges.at(-1)];
    const stretches: Sums[] = [];
    for (const [n, end] of edges.slice(1).entries()) stretches.push(await table.sum(edges[n] ?? 0, end));
    const types = (await table.types()).filter(isShown);
    const byType = await table.byType(types, { from, to, step: HOUR });
    return {
      since: (await table.since()) ?? clock.now(),
      stretches: stretches.map(figuresOf),
      total: figuresOf(stretches.reduce((all, one) => addSums(all, one), {})),
      byType: new Map([...byType].map(([type, sums]) => [type, figuresOf(sums)])),
      reasons: await readReasons(db, from, to, MOST),
      slowest: await readSlowest(db, from, to, MOST),
    };
  }

  /** All-time sums by type, after writing the open figures if possible. */
  async totals(writable: boolean): Promise<Map<string, Sums>> {
    if (writable) await this.flush();
    return this.#parts.table.ever();
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Starts a timer that fires after each minute. */
  #arm(): void {
    if (this.#over) return;
    const { clock } = this.#parts;
    const wait = MINUTE - (clock.now() % MINUTE) + this.#late;
    this.#stopTimer = clock.after(wait, () => void this.flush().then(() => this.#arm()));
  }

  #upkeepIn(ms: number): void {
    const { clock, log } = this.#parts;
    if (this.#over) return;
    clock.after(ms, () => {
      void this.#upkeep()
        .catch((error: Error) => {
          if (!this.#over) log.warn(`Old figures cannot be removed now: ${error.message}`);
          return MINUTE;
        })
        .then((next) => this.#upkeepIn(next));
    });
  }

  /** Removes old figures in one round. Returns the milliseconds until the next round. */
  async #upkeep(): Promise<number> {
    const { table, clock, retention } = this.#parts;
    const start = clock.now();
    for await (const _ of table.prune(retention, start)) {
      if (this.#over || clock.now() - start >= BUDGET) return NEXT_ROUND;
      await this.#rest(PASS_INTERVAL);
    }
    return HOUR;
  }

  /** Ends early if the plugin is disabled. */
  #rest(ms: number): Promise<void> {
    const { clock, signal } = this.#parts;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = clock.after(ms, end);
      signal.addEventListener('abort', end);
    });
  }

  /** Stores the batch of a failed write again, unless it was stored. */
  async #settle(): Promise<void> {
    const { table, clock } = this.#parts;
    for (let tries = 1; this.#unsure; tries += 1) {
      try {
        await table.add(this.#unsure, clock.now());
        this.#unsure = null;
      } catch (error) {
        if (tries === TRIES) throw error;
        await this.#rest(REST * (1 + this.#spread) * 2 ** (tries - 1));
      }
    }
  }

  async #write(): Promise<void> {
    await this.#settle();
    const waiting = await this.#waiting(minuteOf(this.#parts.clock.now() - STILL));
    if (this.#tally.isEmpty && waiting.every(({ figures }) => figures.pending === 0)) return;
    const minutes = [...this.#tally.list(), ...waiting];
    const { reasons, slowest } = this.#tally;
    const batch: Batch = { id: randomUUID(), minutes, reasons: reasons.take(), slowest: slowest.take() };
    this.#unsure = batch;
    this.#tally.clear();
    batch.slowest = await withSummaries(batch.slowest, this.#parts.about);
    await this.#settle();
  }

  /** How many jobs wait now, as figures of the minute that starts then. */
  async #waiting(at: number): Promise<MinuteFigures[]> {
    const { types } = await this.#parts.getQueueMetrics();
    const waiting = Object.entries(types).flatMap(([type, counts]) => {
      const pending = counts.pending + counts.blocked + counts.parked;
      return pending === 0 ? [] : [{ at, type, figures: { pending } }];
    });
    const pending = waiting.reduce((sum, one) => sum + one.figures.pending, 0);
    return [{ at, type: ALL_TYPES, figures: { pending } }, ...waiting];
  }
}

const minuteOf = (time: number): number => time - (time % MINUTE);

/** Excludes the sum of all types, and the system's own jobs for bulk actions. */
const isShown = (type: string): boolean => type !== ALL_TYPES && type !== 'jobs.bulk';

/** Of two types: jobs of both wait. */
const together = (one: Sums, other: Sums): Sums => ({
  ...addSums({ ...one }, other),
  pending: (one.pending ?? 0) + (other.pending ?? 0),
});

function addTo(slots: Map<number, Sums>, { from, to, step }: Range, { at, figures }: MinuteFigures): void {
  if (at < from || at >= to) return;
  const slot = at - (at % step);
  slots.set(slot, addSums(slots.get(slot) ?? {}, figures));
}
