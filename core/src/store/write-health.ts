// Tracks whether jobs can be stored: from every commit and every failed write, and with a small write of its own if asked in a quiet moment.

import { JobsError, type StorageState } from '@phraseworks/sdk';
import { type Cancel, Clock, iso, withTimeout } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Identity } from '../kernel/identity.ts';
import { Log } from '../kernel/logger.ts';
import { Signal } from '../kernel/signal.ts';
import type { Changes } from './changes.ts';
import { Dialect, unavailable } from './dialect.ts';
import { NodeStore } from './node-store.ts';

/** A commit this recent, in milliseconds, answers the question. */
const FRESH = 2_000;
/** The time limit of the test write. */
const ANSWER_WITHIN = 2_500;
/** Between two checks of the database file, or while nothing can be stored. */
const LOOK_AGAIN = 1_000;

const NO_ANSWER = unavailable('it did not answer in time');

export class WriteHealth extends Needing<typeof WriteHealth.needs> {
  static readonly needs = { dialect: Dialect, identity: Identity, nodes: NodeStore, clock: Clock, log: Log };
  /** Emits when this process can no longer store jobs, or can again after `lasted` milliseconds. */
  readonly changed = new Signal<{ state: StorageState; lasted: number }>();
  #since = this.needs.clock.now();
  #storedAt = this.#since;
  state: StorageState = { writable: true, reason: null, message: null, since: iso(this.#since) };
  #open = false;
  /** The last failure, until a check has cleared it. */
  #suspicion: unknown = null;
  #writing: Promise<unknown> | undefined;
  #looking: Promise<void> | undefined;
  #timer: Cancel | null = null;

  start(): void {
    this.#open = true;
    this.#lookAgain();
  }

  stop(): void {
    this.#open = false;
    this.#timer?.();
  }

  /** Call after a durable write. */
  readonly stored = ({ events, topics }: Changes): void => {
    // An empty transaction succeeds even on a full disk.
    if (events.length + topics.size === 0) return;
    this.#storedAt = this.needs.clock.now();
    // On a full disk a small write may still fit where the next job does not.
    if (!this.state.writable && this.state.reason !== 'disk_full') this.#change(null);
  };

  /** Call after a failed read or write; checks again if the error concerns the database. */
  readonly failed = (error: unknown): void => {
    if (!this.#open || !this.state.writable || !tellsOfStorage(error)) return;
    this.#storedAt = Number.NEGATIVE_INFINITY;
    this.#suspicion = error;
    void this.#look();
  };

  /** The current state, within three seconds: from a commit in the last two, or by a test write. */
  async now(): Promise<StorageState> {
    this.#lookAtFile();
    const age = this.needs.clock.now() - this.#storedAt;
    if (this.#open && !(this.state.writable && Math.abs(age) < FRESH)) await this.#look();
    return this.state;
  }

  #look(): Promise<void> {
    this.#looking ??= this.#tryToWrite().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #tryToWrite(): Promise<void> {
    const { dialect, identity, nodes, clock } = this.needs;
    // One at a time, since unanswered ones would pile up.
    this.#writing ??= nodes.touch(identity.node, clock.now()).finally(() => {
      this.#writing = undefined;
    });
    const error = await withTimeout(clock, ANSWER_WITHIN, this.#writing, () => NO_ANSWER).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!this.#open) return;
    if (error !== null) {
      this.#suspicion = error;
      return this.#change(error);
    }
    this.#storedAt = clock.now();
    // A small write may fit on a disk that is too full for the next job.
    const full = this.#suspicion !== null && dialect.storageReason(this.#suspicion) === 'disk_full';
    if (full && (await dialect.file?.hasRoom()) === false) return this.#change(this.#suspicion);
    this.#suspicion = null;
    if (!this.state.writable) this.#change(null);
  }

  /** Null: jobs can be stored. */
  #change(error: unknown): void {
    const { dialect, clock, log } = this.needs;
    const writable = error === null;
    const reason = writable ? null : dialect.storageReason(error);
    if (writable === this.state.writable && reason === this.state.reason) return;
    const was = this.state;
    const now = clock.now();
    const lasted = Math.max(0, now - this.#since);
    // The cause may become clearer while the failure lasts.
    if (was.writable || writable) this.#since = now;
    this.state = { writable, reason, message: writable ? null : messageOf(error), since: iso(this.#since) };
    this.#lookAgain();
    if (writable)
      log.info(`Jobs can be stored again. They could not for ${Math.round(lasted / 1_000)} s (${was.reason}).`);
    else log.error(`Jobs cannot be stored (${reason}): ${messageOf(error)} Trying again every second.`);
    if (was.writable !== writable) this.changed.emit({ state: this.state, lasted });
  }

  #lookAgain(): void {
    const { clock, dialect } = this.needs;
    if (!this.#open || this.#timer || (this.state.writable && !dialect.file)) return;
    this.#timer = clock.after(LOOK_AGAIN, () => {
      this.#timer = null;
      this.#lookAtFile();
      if (!this.state.writable) void this.#look();
      this.#lookAgain();
    });
  }

  #lookAtFile(): void {
    if (!this.#open || !this.state.writable) return;
    try {
      this.needs.dialect.file?.check();
    } catch (error) {
      this.#change(error);
    }
  }
}

const tellsOfStorage = (error: unknown): boolean =>
  error instanceof JobsError && (error.code === 'UNAVAILABLE' || error.code === 'INVALID_CONFIG');
