// Pauses and resumes types and plugins. What a pause holds is decided in holds.ts.

import { JobsError, type NewPause } from '@phraseworks/sdk';
import type { PauseInfo } from '@phraseworks/sdk/client';
import { LIMITS } from '@phraseworks/sdk/host';
import { isWaiting } from '../job/lifecycle.ts';
import { Clock, iso } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { HoldStore, isOver, type PauseKind } from '../store/holds.ts';
import { JobReads } from '../store/job-reads.ts';
import { refusal } from './admission.ts';
import { Holds } from './holds.ts';
import { PluginStates } from './presence.ts';
import { BULK_TYPE, TypeRegistry } from './registry.ts';

export class Pauses {
  static readonly needs = {
    store: HoldStore,
    holds: Holds,
    registry: TypeRegistry,
    reads: JobReads,
    plugins: PluginStates,
    clock: Clock,
  };
  readonly #needs;

  constructor(needs: Built<typeof Pauses.needs>) {
    this.#needs = needs;
  }

  async list(): Promise<PauseInfo[]> {
    const { store, reads, registry } = this.#needs;
    const [{ pauses }, counts] = await Promise.all([store.read(), reads.counts()]);
    return pauses.map(({ kind, name, since, by, until, reason }) => {
      const held = counts.filter(
        ({ state, type }) => isWaiting(state) && name === (kind === 'type' ? type : registry.ownerOf(type)),
      );
      const jobs = held.reduce((sum, { n }) => sum + Number(n), 0);
      return { kind, name, since: iso(since), by, jobs, until: until === null ? null : iso(until), reason };
    });
  }

  async pause(pause: NewPause & { by?: string | null }): Promise<PauseInfo> {
    const { kind, name, by = null, duration, reason = '' } = pause;
    const { store, holds, clock } = this.#needs;
    const since = clock.now();
    if (duration !== undefined && !(Number.isInteger(duration) && duration >= 1 && duration <= LIMITS.pause))
      throw refusal([{ path: 'duration', message: 'must be a whole number of milliseconds, at most 366 days' }], false);
    await this.#refuseUnknown(kind, name);
    const until = duration === undefined ? null : since + duration;
    await store.pause({ kind, name, since, by, until, reason: reason.trim() || null });
    await holds.reload();
    const known = (await this.list()).find((one) => one.kind === kind && one.name === name);
    if (known) return known;
    throw new JobsError('INVALID_STATE', `This ${kind} was resumed at the same time. Pause it again if needed.`);
  }

  async resume(kind: PauseKind, name: string): Promise<void> {
    const { store, holds } = this.#needs;
    const resumed = await store.resume(kind, name);
    await holds.reload();
    if (!resumed) throw new JobsError('NOT_FOUND', `This ${kind} is not paused.`);
  }

  /** Ends the pauses whose time is up. Another process, or a user, may have ended them just now. */
  async sweep(): Promise<void> {
    const { store, holds, clock } = this.#needs;
    await holds.reload();
    const now = clock.now();
    const over = holds.pauses.filter((pause) => isOver(pause, now));
    for (const { kind, name } of over) await store.resume(kind, name, now);
    if (over.length > 0) await holds.reload();
  }

  /** Refuses unknown names: a typo must not look like a pause. */
  async #refuseUnknown(kind: PauseKind, name: string): Promise<void> {
    const { registry, reads, plugins } = this.#needs;
    if (kind === 'plugin') {
      if (Object.hasOwn(plugins.states(), name) || registry.typesOf(name).length > 0) return;
      throw new JobsError('PLUGIN_NOT_FOUND', 'Unknown plugin. GET api/plugins lists the known plugins.');
    }
    const counted = (await reads.counts()).map(({ type }) => type);
    if (name !== BULK_TYPE && [...registry.names(), ...counted].includes(name)) return;
    throw new JobsError('UNKNOWN_TYPE', 'Unknown job type. GET api/types lists the known types.');
  }
}
