// Knows whether jobs can be stored now: it hears of each commit and each write that failed, and tries a small write of its own when asked in a quiet moment.

import { JobsError, type Logger, type StorageState } from '@phraseworks/sdk';
import { type Cancel, type Clock, iso, pause } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { Signal } from '../kernel/signal.ts';
import type { Changes } from './changes.ts';
import type { Dialect } from './dialect.ts';

/** A commit that is not older than this answers the question, in milliseconds. */
const FRESH = 2_000;
/** How long the write of a look may take. */
const ANSWER_WITHIN = 2_500;
/** Between two looks while nothing can be stored. */
const LOOK_AGAIN = 1_000;
/** Between two looks at the file of the database. */
const LOOK_AT_FILE = 1_000;

interface StorageWatchDeps {
  dialect: Dialect;
  /** Writes something small and commits it. */
  write: () => Promise<unknown>;
  clock: Clock;
  log: Logger;
}

const NO_ANSWER = new JobsError('UNAVAILABLE', 'The database is not available: it did not answer in time.', {
  retryAfter: 5,
});

export class StorageWatch {
  /** This process can no longer store jobs, or can again, after `lasted` milliseconds. */
  readonly changed = new Signal<{ state: StorageState; lasted: number }>();
  readonly #deps: StorageWatchDeps;
  #state: StorageState;
  #since: number;
  #storedAt: number;
  #open = false;
  /** The last failure, until a look has cleared it. */
  #suspicion: unknown = null;
  #writing: Promise<unknown> | undefined;
  #looking: Promise<void> | undefined;
  #again: Cancel | null = null;
  #fileTimer: Cancel | null = null;

  constructor(deps: StorageWatchDeps) {
    this.#deps = deps;
    this.#since = deps.clock.now();
    this.#storedAt = this.#since;
    this.#state = { writable: true, reason: null, message: null, since: iso(this.#since) };
  }

  get state(): StorageState {
    return this.#state;
  }

  start(): void {
    this.#open = true;
    if (this.#deps.dialect.file) this.#nextFileLook();
  }

  stop(): void {
    this.#open = false;
    this.#again?.();
    this.#fileTimer?.();
  }

  /** A write is durable. */
  readonly stored = ({ events, topics }: Changes): void => {
    // An empty transaction ends well on a full disk, too.
    if (events.length + topics.size === 0) return;
    this.#storedAt = this.#deps.clock.now();
    // On a disk that is full, a small write may still find its place where the next job does not.
    if (!this.#state.writable && this.#state.reason !== 'disk_full') this.#change(null);
  };

  /** A write or a read failed. What says something about the database is followed by a look. */
  readonly failed = (error: unknown): void => {
    if (!this.#open || !this.#state.writable || !tellsOfStorage(error)) return;
    this.#storedAt = Number.NEGATIVE_INFINITY;
    this.#suspicion = error;
    void this.#look();
  };

  /** The state of now, within three seconds: known from a commit of the last two, or tried with a write. */
  async now(): Promise<StorageState> {
    this.#lookAtFile();
    const age = this.#deps.clock.now() - this.#storedAt;
    if (this.#open && !(this.#state.writable && Math.abs(age) < FRESH)) await this.#look();
    return this.#state;
  }

  #look(): Promise<void> {
    this.#looking ??= this.#tryToWrite().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #tryToWrite(): Promise<void> {
    const { dialect, clock, write } = this.#deps;
    const waited = new AbortController();
    // One at a time: those that get no answer would pile up.
    this.#writing ??= write().finally(() => {
      this.#writing = undefined;
    });
    const error = await Promise.race([
      this.#writing.then(
        () => null,
        (reason: unknown) => reason,
      ),
      pause(clock, ANSWER_WITHIN, waited.signal).then(() => NO_ANSWER),
    ]);
    waited.abort();
    if (!this.#open) return;
    if (error !== null) {
      this.#suspicion = error;
      return this.#change(error);
    }
    this.#storedAt = clock.now();
    // A small write finds its place on a disk that is full for the next job.
    const full = this.#suspicion !== null && dialect.storageReason(this.#suspicion) === 'disk_full';
    if (full && (await dialect.file?.hasRoom()) === false) return this.#change(this.#suspicion);
    this.#suspicion = null;
    if (!this.#state.writable) this.#change(null);
  }

  /** Null: jobs can be stored. */
  #change(error: unknown): void {
    const { dialect, clock, log } = this.#deps;
    const writable = error === null;
    if (!writable) this.#lookAgain();
    const reason = writable ? null : dialect.storageReason(error);
    if (writable === this.#state.writable && reason === this.#state.reason) return;
    const was = this.#state;
    const now = clock.now();
    const lasted = Math.max(0, now - this.#since);
    // What is wrong may become known better while it lasts.
    if (was.writable || writable) this.#since = now;
    this.#state = { writable, reason, message: writable ? null : messageOf(error), since: iso(this.#since) };
    if (writable) {
      this.#again?.();
      this.#again = null;
      log.info(
        `Jobs can be stored again, after ${Math.round(lasted / 1_000)} s in which they could not (${was.reason}).`,
      );
    } else log.error(`Jobs cannot be stored now (${reason}): ${messageOf(error)} It is tried again every second.`);
    if (was.writable !== writable) this.changed.emit({ state: this.#state, lasted });
  }

  #lookAgain(): void {
    if (!this.#open || this.#again) return;
    this.#again = this.#deps.clock.after(LOOK_AGAIN, () => {
      this.#again = null;
      if (!this.#state.writable) void this.#look();
    });
  }

  #lookAtFile(): void {
    if (!this.#open || !this.#state.writable) return;
    try {
      this.#deps.dialect.file?.check();
    } catch (error) {
      this.#change(error);
    }
  }

  #nextFileLook(): void {
    this.#fileTimer = this.#deps.clock.after(LOOK_AT_FILE, () => {
      this.#lookAtFile();
      this.#nextFileLook();
    });
  }
}

const tellsOfStorage = (error: unknown): boolean =>
  error instanceof JobsError && (error.code === 'UNAVAILABLE' || error.code === 'INVALID_CONFIG');
