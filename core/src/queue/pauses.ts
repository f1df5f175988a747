// Pauses and resumes types and lanes, with the schedules that add jobs to them.

import { JobsError } from '@phraseworks/sdk';
import type { PauseInfo } from '@phraseworks/sdk/client';
import { type Clock, iso, yieldToEventLoop } from '../kernel/clock.ts';
import { anything, flag, oneOf, readFields, text, textOrNone } from '../kernel/fields.ts';
import type { JobReads } from '../store/job-reads.ts';
import { isOver, type PauseKind, type PauseStore, type StoredPause } from '../store/pause-store.ts';
import { PASS_SIZE, readyOfType, type Transition } from '../store/transition.ts';
import { refusal } from './admission.ts';
import { BULK_TYPE } from './bulk.ts';
import type { Parking } from './parking.ts';
import type { TypeRegistry } from './registry.ts';

/** `image` also covers the lane `image/resize`. Bulk actions are never paused. */
const isCovered = ({ kind, name }: { kind: PauseKind; name: string }, type: string, lane: string): boolean =>
  type !== BULK_TYPE && (kind === 'type' ? name === type : lane === name || lane.startsWith(`${name}/`));

export class Pauses {
  readonly store: PauseStore;
  readonly #needs;
  #all: readonly StoredPause[] = [];
  #onOver: (pause: StoredPause) => Promise<void> = async () => {};
  /** Number of the last reload that started, and of the newest that was applied. */
  #started = 0;
  #newest = 0;

  constructor(needs: {
    store: PauseStore;
    registry: TypeRegistry;
    reads: JobReads;
    moves: Transition;
    clock: Clock;
  }) {
    this.store = needs.store;
    this.#needs = needs;
  }

  /** The oldest pause that parks jobs of this type, or null. `besides`: not this one. */
  of(type: string, besides?: Pick<StoredPause, 'kind' | 'name'>): StoredPause | null {
    const { registry } = this.#needs;
    const isOther = ({ kind, name }: StoredPause): boolean => kind !== besides?.kind || name !== besides.name;
    return this.#all.find((pause) => isOther(pause) && isCovered(pause, type, registry.laneOf(type))) ?? null;
  }

  /** Reads the stored pauses. */
  async reload(): Promise<void> {
    const { store, registry } = this.#needs;
    this.#started += 1;
    const turn = this.#started;
    const all = await store.all();
    // Of two concurrent reloads, the later one is newer even if it ends first.
    if (turn < this.#newest) return;
    this.#newest = turn;
    const before = JSON.stringify(this.#all);
    this.#all = all;
    if (JSON.stringify(all) === before) return;
    registry.setPaused(this.#all.length === 0 ? null : (type) => this.of(type) !== null);
  }

  /** Parks ready jobs of paused types that were stored before the pause was known. Delayed jobs follow when they are due. */
  async parkReady(): Promise<void> {
    if (this.#all.length === 0) return;
    const { reads, moves, clock } = this.#needs;
    for (const { state, type } of await reads.counts()) {
      if (state !== 'ready' || !this.of(type)) continue;
      for (;;) {
        const at = clock.now();
        const { picked } = await moves.pass(readyOfType(type), () =>
          this.of(type) ? { step: 'park', at, reason: 'paused' } : null,
        );
        if (picked < PASS_SIZE || !this.of(type)) break;
        await yieldToEventLoop(clock);
      }
    }
  }

  /** Called for each pause whose time is up. */
  whenOver(listener: (pause: StoredPause) => Promise<void>): void {
    this.#onOver = listener;
  }

  /** Repeats what may have been missed, and ends the pauses whose time is up. */
  async sweep(): Promise<void> {
    await this.reload();
    const now = this.#needs.clock.now();
    for (const pause of this.#all) if (isOver(pause, now)) await this.#onOver(pause);
    await this.parkReady();
  }
}

const MOST_PAUSE = 366 * 86_400_000;

export interface NewPause {
  kind: PauseKind;
  /** A type, or a lane: `image` also covers `image/resize`. */
  name: string;
  /** Also pause schedules that add such jobs; true by default. */
  schedules?: boolean;
  by?: string | null;
  /** Milliseconds, at most 366 days, after which a worker ends it, to within half a minute; without it, it lasts until it is resumed. */
  duration?: number;
  /** For everybody who sees the pause. */
  reason?: string;
}

export interface PausesApi {
  /** Oldest first. */
  list(): Promise<PauseInfo[]>;
  /** Running jobs finish; waiting and new jobs are parked. Returns an existing pause unchanged. Throws `UNKNOWN_TYPE`, `NOT_FOUND` for a lane, `INVALID_DATA`. */
  pause(pause: NewPause): Promise<PauseInfo>;
  /** Parked jobs return in order. Throws `NOT_FOUND`. */
  resume(kind: PauseKind, name: string): Promise<void>;
}

const KIND = oneOf('type', 'lane');
const PAUSE_FIELDS = {
  kind: KIND,
  name: text,
  schedules: flag,
  by: textOrNone,
  duration: anything,
  reason: text,
};

const WAITING = ['ready', 'scheduled', 'parked'];

export class PauseControl implements PausesApi {
  readonly #needs;

  constructor(needs: {
    pauses: Pauses;
    registry: TypeRegistry;
    reads: JobReads;
    parking: Pick<Parking, 'unparkType'>;
    schedules: {
      list(): Promise<{ name: string; type: string; paused: boolean }[]>;
      pause(name: string): Promise<void>;
      resume(name: string): Promise<void>;
    };
    now: () => number;
  }) {
    this.#needs = needs;
    // The sweep returns its jobs after this, in passes. Another process, or a user, may have ended the pause just now.
    needs.pauses.whenOver(async (pause) => void (await this.#end(pause, this.#needs.now())));
  }

  async list(): Promise<PauseInfo[]> {
    const { pauses, reads, registry } = this.#needs;
    const [all, counts] = await Promise.all([pauses.store.all(), reads.counts()]);
    return all.map((pause) => {
      const waiting = counts.filter(
        ({ state, type }) => WAITING.includes(state) && isCovered(pause, type, registry.laneOf(type)),
      );
      const { kind, name, since, by, schedules, until, reason } = pause;
      const jobs = waiting.reduce((sum, { n }) => sum + Number(n), 0);
      return { kind, name, since: iso(since), by, jobs, schedules, until: until === null ? null : iso(until), reason };
    });
  }

  async pause(given: NewPause): Promise<PauseInfo> {
    const asked = readFields(given, 'pause', PAUSE_FIELDS, ['kind', 'name']);
    const { kind, name, schedules = true, by = null, duration, reason = '' } = asked;
    const { pauses, now } = this.#needs;
    const since = now();
    if (duration !== undefined && !(Number.isInteger(duration) && duration >= 1 && duration <= MOST_PAUSE))
      throw refusal([{ path: 'duration', message: 'must be a whole number of milliseconds, at most 366 days' }], false);
    await this.#refuseUnknown(kind, name);
    const stop = schedules ? await this.#schedulesOf({ kind, name }) : [];
    const until = duration === undefined ? null : since + duration;
    await pauses.store.add({ kind, name, since, by, schedules: stop, until, reason: reason.trim() || null });
    await pauses.reload();
    for (const key of stop) await this.#needs.schedules.pause(key).catch(ignoreRemoved);
    await pauses.parkReady();
    const known = (await this.list()).find((one) => one.kind === kind && one.name === name);
    if (known) return known;
    // The pause may have been resumed before its schedules were paused.
    await this.#resumeSchedules(stop);
    throw new JobsError('INVALID_STATE', `This ${kind} was resumed at the same time. Pause it again if needed.`);
  }

  async resume(kind: PauseKind, name: string): Promise<void> {
    readFields({ kind, name }, 'pause', { kind: KIND, name: text }, ['kind', 'name']);
    const { pauses, reads, parking } = this.#needs;
    const paused = (await pauses.store.all()).find((one) => one.kind === kind && one.name === name);
    if (!paused || !(await this.#end(paused))) throw new JobsError('NOT_FOUND', `This ${kind} is not paused.`);
    for (const { state, type } of await reads.counts()) if (state === 'parked') await parking.unparkType(type);
  }

  /**
   * Removes a pause and resumes its schedules; false if it no longer exists. `overAt`: only if its time is up then. Schedules are resumed before,
   * so that an interrupted call can be repeated, and once more after it, since a pause that began at the same time may have paused them.
   */
  async #end(pause: StoredPause, overAt?: number): Promise<boolean> {
    const { pauses } = this.#needs;
    if (overAt === undefined || isOver(pause, overAt))
      await this.#resumeSchedules(await this.#notPausedByOthers(pause));
    const ended = await pauses.store.remove(pause.kind, pause.name, overAt);
    await pauses.reload();
    if (ended) await this.#resumeSchedules(await this.#notPausedByOthers(ended));
    return ended !== undefined;
  }

  /** Hands schedules that another pause also covers to that pause; returns the rest. */
  async #notPausedByOthers({ schedules, kind, name: own }: StoredPause): Promise<string[]> {
    const { pauses } = this.#needs;
    const types = new Map((await this.#needs.schedules.list()).map(({ name, type }) => [name, type]));
    const goOn: string[] = [];
    for (const key of schedules) {
      const type = types.get(key);
      const other = type === undefined ? null : pauses.of(type, { kind, name: own });
      // The other pause may have just ended.
      if (!other || !(await pauses.store.leave(other, [key]))) goOn.push(key);
    }
    return goOn;
  }

  /** Active schedules that add such jobs. */
  async #schedulesOf(pause: { kind: PauseKind; name: string }): Promise<string[]> {
    const { registry, schedules } = this.#needs;
    const all = await schedules.list();
    return all
      .filter(({ type, paused }) => !paused && isCovered(pause, type, registry.laneOf(type)))
      .map(({ name }) => name);
  }

  /** Refuses unknown names: a typo must not look like a pause. */
  async #refuseUnknown(kind: PauseKind, name: string): Promise<void> {
    const { registry, reads } = this.#needs;
    const counted = (await reads.counts()).map(({ type }) => type);
    const types = [...registry.list(), ...registry.owned()].map(({ type }) => type);
    const known = [...types, ...counted].filter((type) => type !== BULK_TYPE);
    if (known.some((type) => isCovered({ kind, name }, type, registry.laneOf(type)))) return;
    if (kind === 'lane') throw new JobsError('NOT_FOUND', 'Unknown lane: no known type uses it.');
    throw new JobsError('UNKNOWN_TYPE', 'Unknown job type. GET api/types lists the known types.');
  }

  async #resumeSchedules(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#needs.schedules.resume(key).catch(ignoreRemoved);
  }
}

/** Ignores schedules that were removed meanwhile. */
function ignoreRemoved(error: unknown): void {
  if (!(error instanceof JobsError) || error.code !== 'SCHEDULE_NOT_FOUND') throw error;
}
