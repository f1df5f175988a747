// Lists limits, says in words why a job waits for one, and claims again when one opens by itself.
import { formatDuration, type LimitInfo } from '@phraseworks/sdk';
import type { JobRecord } from '../../job/record.ts';
import { Clock, iso } from '../../kernel/clock.ts';
import { type Built, Needing } from '../../kernel/container.ts';
import { Log } from '../../kernel/logger.ts';
import { Rounds } from '../../kernel/rounds.ts';
import { Dialect } from '../../store/dialect.ts';
import { JobReads } from '../../store/job-reads.ts';
import { LimitStore } from '../../store/limit-store.ts';
import { ALL, keyOfJob, startsOf, UNLIMITED, type Use, useOf, waitingValues } from '../../store/limits.ts';
import { WriteQueue } from '../../store/write-queue.ts';
import { TypeRegistry } from '../registry.ts';

export class Limits extends Needing<typeof Limits.needs> {
  static readonly needs = { registry: TypeRegistry, dialect: Dialect, jobs: JobReads, clock: Clock };
  readonly #db;

  constructor(needs: Built<typeof Limits.needs>) {
    super(needs);
    this.#db = { db: needs.dialect.reader };
  }

  async list(): Promise<LimitInfo[]> {
    const infos = await Promise.all(this.needs.registry.limitNames().map((name) => this.info(name)));
    return infos.flatMap((info) => info ?? []);
  }

  /** Null for an unknown name. */
  async info(name: string): Promise<LimitInfo | null> {
    const { registry, jobs, clock } = this.needs;
    const limit = registry.limitNamed(name);
    if (limit === null) return null;
    const now = clock.now();
    const counts = await jobs.counts();
    const count = (type: string, ...states: string[]): number =>
      counts.reduce((sum, one) => sum + (one.type === type && states.includes(one.state) ? Number(one.n) : 0), 0);
    const types = registry.names().filter((type) => registry.limitOfType(type)?.name === name);
    const all = types.map((type) => ({
      type,
      running: count(type, 'processing'),
      waiting: limit.by === null ? count(type, 'ready') : count(type, 'ready', 'blocked'),
    }));
    const { concurrency, rate, isChanged, closedUntil } = await useOf(this.#db, { name, value: ALL }, limit, now);
    const values = limit.by === null ? [] : await waitingValues(this.#db, name);
    const { started } = await startsOf(this.#db, name, null, now - (rate?.per ?? 0));
    return {
      name,
      types: all,
      by: limit.by,
      concurrency,
      rate,
      isChanged,
      running: all.reduce((sum, { running }) => sum + running, 0),
      started,
      waiting: all.reduce((sum, { waiting }) => sum + waiting, 0),
      closedUntil: later(closedUntil, now),
      values: await Promise.all(
        values.map(async ({ value, waiting }) => {
          const use = await useOf(this.#db, { name, value }, limit, now);
          return { value, waiting, running: use.running, closedUntil: later(use.closedUntil, now) };
        }),
      ),
    };
  }

  /** Why a job waits for its limit; null if it does not. */
  async why({ id, type, state, reason }: JobRecord): Promise<string | null> {
    const { registry, clock } = this.needs;
    const now = clock.now();
    const limit = registry.limitOfType(type);
    if (state === 'blocked' && reason === 'limit') {
      const key = await keyOfJob(this.#db, id);
      if (!key) return null;
      const { name, value } = key;
      const use = await useOf(this.#db, key, registry.limitNamed(name) ?? UNLIMITED, now);
      return `Waits for a place at the limit "${name}" of ${limit?.by ?? 'its value'} "${value}": ${reached(use, now) ?? 'it gets one soon'}.`;
    }
    const text = state === 'ready' ? await this.reached(type) : null;
    return text === null ? null : `Waits for the limit "${limit?.name}": ${text}.`;
  }

  /** What is used up of the limit of a type, without `by`; null if its jobs may start. */
  async reached(type: string): Promise<string | null> {
    const { registry, clock } = this.needs;
    const limit = registry.limitOfType(type);
    if (!limit || limit.by !== null) return null;
    const now = clock.now();
    return reached(await useOf(this.#db, { name: limit.name, value: ALL }, limit, now), now);
  }
}

const later = (time: number, now: number): string | null => (time > now ? iso(time) : null);

/** What is used up; null if nothing is. */
function reached({ concurrency, rate, running, started, opensAt, closedUntil }: Use, now: number): string | null {
  if (closedUntil > now)
    return `a job closed it until ${iso(closedUntil)}, for ${formatDuration(closedUntil - now)} more`;
  if (concurrency !== null && running >= concurrency) return `${running} of ${concurrency} run`;
  if (rate === null || started < rate.n) return null;
  return `${started} of ${rate.n} started in the last ${formatDuration(rate.per)}, the next may start in ${formatDuration(Math.max(opensAt - now, 0))}`;
}

/** Milliseconds between two rounds: the clock of a server may be a little behind this one. */
const PAUSE = 20;

export class Openings extends Rounds<typeof Openings.needs> {
  static readonly needs = { store: LimitStore, writes: WriteQueue, clock: Clock, log: Log };
  protected readonly plan = { task: 'look at limits', first: 0, again: 1_000 };

  constructor(needs: Built<typeof Openings.needs>) {
    super(needs);
    needs.store.opens.on((at) => this.within(Math.max(at - needs.clock.now(), 0)));
  }

  protected async round(): Promise<number> {
    const { store, writes, clock } = this.needs;
    const next = await store.look();
    writes.requestClaim();
    return Math.max(next - clock.now(), PAUSE);
  }
}
