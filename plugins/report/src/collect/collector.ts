// Collects how jobs end and adds it to the figures in batches. Of several processes on a database, one writes and the others stand by.
import { randomUUID } from 'node:crypto';
import type { HooksApi, JobEvent, JobsApi, Logger, PluginClock } from '@phraseworks/sdk';
import { addDays, type Zone } from '@phraseworks/sdk/zone';
import { type Fact, factOf } from './fact.ts';
import { type Folded, fold } from './fold.ts';
import type { Collector as Row, Store } from './store.ts';
import { countedByTime, countedIn, markAfter } from './store.ts';

/** Milliseconds between two batches, and until another process takes over from one that is gone. */
const EVERY = 5_000;
const HELD = 20_000;
/** Facts in one batch, how many trigger a batch early, and how many are kept while the database is unavailable. */
const BATCH = 5_000;
const FULL = 2_000;
const KEPT = 20_000;
/** Before all other listeners, so that every process gets the events in the same order. */
const FIRST = -1_000_000;

export interface CollectorParts extends Pick<JobsApi, 'getJobStatus'>, Pick<HooksApi, 'addAction'> {
  store: Store;
  zone: Zone;
  clock: PluginClock;
  log: Logger;
  /** Days. */
  keepFigures: number;
  /** Called by the process that writes, at most every few seconds. */
  beside: (now: number) => Promise<void>;
}

export class Collector {
  readonly #parts: CollectorParts;
  readonly #me = randomUUID();
  #facts: Fact[] = [];
  #dropped = 0;
  /** The version of the collector's row up to which our facts have been compared with its mark. */
  #version = -1;
  #wake: (() => void) | null = null;
  #soon = false;
  #running: Promise<void> | null = null;
  #pruned = '';

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const { store, clock, addAction } = this.#parts;
    const row = await store.open(clock.now());
    this.#version = row.version;
    const options = { priority: FIRST };
    for (const name of ['job:completed', 'job:failed', 'job:retry', 'job:cancelled'] as const) {
      addAction(name, ({ event }) => this.#hear(event), options);
    }
  }

  /** Writes all facts and hands over to another process. */
  async stop(): Promise<void> {
    this.#wake?.();
    this.#wake = null;
    await this.#running?.catch(() => {});
    for (let round = 0; round * BATCH < KEPT && this.#facts.length > 0; round += 1) await this.#add(0);
  }

  /** Writes the facts collected so far, so that the figures can be read now. */
  async flush(): Promise<void> {
    await this.#run();
    if (this.#facts.length > 0) await this.#run();
  }

  #hear(event: JobEvent): void {
    const fact = factOf(event);
    if (!fact) return;
    this.#facts.push(fact);
    if (this.#facts.length > KEPT) {
      this.#facts.splice(0, KEPT / 10);
      this.#dropped += KEPT / 10;
    }
    this.#arm(this.#facts.length >= FULL);
  }

  /** Starts the timer. While nothing happens, none runs. */
  #arm(full = false): void {
    if (this.#wake && (this.#soon || !full)) return;
    this.#wake?.();
    this.#soon = full;
    this.#wake = this.#parts.clock.after(full ? 100 : EVERY, () => {
      this.#wake = null;
      return this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#running) return this.#running;
    this.#running = this.#tick().finally(() => {
      this.#running = null;
      if (this.#facts.length > 0) this.#arm();
    });
    return this.#running;
  }

  async #tick(): Promise<void> {
    const { clock, log, beside } = this.#parts;
    try {
      const now = clock.now();
      const holds = await this.#add(now + HELD);
      if (holds) await beside(now);
    } catch (error) {
      log.warn(`figures cannot be written now and are kept: ${(error as Error).message}`);
    }
    if (this.#dropped === 0) return;
    log.warn(`${this.#dropped} ends of jobs are missing in the figures: they could not be written in time`);
    this.#dropped = 0;
  }

  /** Adds one batch. True if this process is the one that writes. */
  async #add(heldUntil: number): Promise<boolean> {
    const { store, clock } = this.#parts;
    const row = await store.open(clock.now());
    if (row.holder !== this.#me && row.holder !== '' && row.held_until > clock.now()) {
      this.#standBy(row);
      return false;
    }
    this.#passCounted(row);
    const facts = this.#facts.slice(0, BATCH);
    const folded = await this.#folded(facts);
    const mark = markAfter(row.mark, facts);
    const added = await store.add(row.version, { folded, mark, holder: heldUntil === 0 ? '' : this.#me, heldUntil });
    if (!added) return false;
    // Newer facts may have been appended meanwhile, and some of the oldest dropped.
    const last = facts.at(-1);
    this.#facts.splice(0, last === undefined ? 0 : this.#facts.indexOf(last) + 1);
    this.#version = row.version + 1;
    await this.#prune(clock.now());
    return true;
  }

  /** Drops the facts that the writing process has added, so that we do not add them again if we take over. */
  #standBy(row: Row): void {
    if (row.version === this.#version) return;
    const counted = countedIn(this.#facts, row.mark);
    // We have not received those events yet.
    if (counted === null) return;
    this.#facts.splice(0, counted);
    this.#version = row.version;
  }

  #passCounted(row: Row): void {
    if (row.version === this.#version) return;
    this.#facts.splice(0, countedIn(this.#facts, row.mark) ?? countedByTime(this.#facts, row.mark));
    this.#version = row.version;
  }

  /** Adds the summaries of the slowest jobs while they still exist. */
  async #folded(facts: readonly Fact[]): Promise<Folded> {
    const { zone, getJobStatus } = this.#parts;
    const folded = fold(facts, zone);
    const slowest = [];
    for (const row of folded.slowest) {
      const job = await getJobStatus(row.job_id).catch(() => null);
      slowest.push({ ...row, about: (job?.summary ?? '').slice(0, 200) });
    }
    return { ...folded, slowest };
  }

  async #prune(now: number): Promise<void> {
    const { zone, store, keepFigures } = this.#parts;
    const today = zone.dayOf(now);
    if (this.#pruned === today) return;
    this.#pruned = today;
    await store.prune(addDays(today, -keepFigures));
  }
}
