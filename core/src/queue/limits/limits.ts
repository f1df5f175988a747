// Lists and changes limits, and says in words why a job waits for one.
import { formatDuration, JobsError, type LimitChange, type LimitInfo } from '@phraseworks/sdk';
import type { Limit, LimitNumbers } from '../../job/limit.ts';
import type { JobRecord } from '../../job/record.ts';
import { Clock, iso } from '../../kernel/clock.ts';
import type { Built } from '../../kernel/container.ts';
import { JobReads } from '../../store/job-reads.ts';
import { LimitReads } from '../../store/limit-reads.ts';
import { LimitStore } from '../../store/limit-store.ts';
import { numbersOf, windowOf } from '../../store/limits.ts';
import { refusal } from '../admission.ts';
import { TypeRegistry } from '../registry.ts';
import { numberErrors, readNumbers } from './rule.ts';

/** Of one limit, or of one value of it. */
interface Use extends LimitNumbers {
  running: number;
  started: number;
  /** When the first of these starts was. */
  first: number | null;
  closedUntil: number | null;
}

export class Limits {
  static readonly needs = {
    registry: TypeRegistry,
    store: LimitStore,
    reads: LimitReads,
    jobs: JobReads,
    clock: Clock,
  };
  readonly #needs;

  constructor(needs: Built<typeof Limits.needs>) {
    this.#needs = needs;
  }

  async list(): Promise<LimitInfo[]> {
    const { registry, reads, jobs, clock } = this.#needs;
    const now = clock.now();
    const [rows, counts] = await Promise.all([reads.all(), jobs.counts()]);
    const count = (states: readonly string[], type: string): number =>
      counts.reduce((sum, one) => sum + (one.type === type && states.includes(one.state) ? Number(one.n) : 0), 0);
    const known = [...registry.limits()].sort(([a], [b]) => (a < b ? -1 : 1));
    return Promise.all(
      known.map(async ([name, { limit, types }]) => {
        const row = rows.get(name);
        const { concurrency, rate } = numbersOf(limit, row?.changed);
        const of = types.map((type) => ({
          type,
          running: count(['processing'], type),
          waiting: count(limit.by === null ? ['ready'] : ['ready', 'blocked'], type),
        }));
        const { started } = rate ? await reads.started(name, null, now - rate.per) : { started: 0 };
        const values = limit.by === null ? [] : await reads.values(name);
        return {
          name,
          types: of,
          by: limit.by,
          concurrency,
          rate,
          isChanged: row?.changed != null,
          running: of.reduce((sum, { running }) => sum + running, 0),
          started,
          waiting: limit.by === null ? of.reduce((sum, one) => sum + one.waiting, 0) : await reads.waiting(name),
          closedUntil: later(row?.closedUntil, now),
          values: values.map(({ closedUntil, ...value }) => ({ ...value, closedUntil: later(closedUntil, now) })),
        };
      }),
    );
  }

  async change(name: string, change: LimitChange): Promise<LimitInfo> {
    const { limit } = this.#known(name);
    const { concurrency, rate, closedUntil } = change;
    const given = { ...(concurrency == null ? {} : { concurrency }), ...(rate == null ? {} : { rate }) };
    const errors = Object.keys(given).length > 0 ? numberErrors(given, '') : [];
    if (errors.length > 0) throw refusal(errors, false);
    const read = readNumbers(given);
    const rows = await this.#needs.reads.all();
    const before = numbersOf(limit, rows.get(name)?.changed);
    const isNumbers = concurrency !== undefined || rate !== undefined;
    const numbers = {
      concurrency: concurrency === undefined ? before.concurrency : read.concurrency,
      rate: rate === undefined ? before.rate : read.rate,
    };
    await this.#needs.store.change(name, { ...(isNumbers ? { numbers } : {}), opens: closedUntil === null });
    return this.#one(name);
  }

  async reset(name: string): Promise<LimitInfo> {
    this.#known(name);
    await this.#needs.store.change(name, { numbers: null });
    return this.#one(name);
  }

  #known(name: string): { limit: Limit } {
    const known = this.#needs.registry.limits().get(name);
    if (known) return known;
    throw new JobsError('NOT_FOUND', 'Unknown limit. GET api/limits lists the known limits.');
  }

  async #one(name: string): Promise<LimitInfo> {
    const info = (await this.list()).find((one) => one.name === name);
    if (info) return info;
    throw new JobsError('NOT_FOUND', 'The limit was removed at the same time.');
  }

  /** Why a job waits for its limit; null if it does not. */
  async why(job: JobRecord): Promise<string | null> {
    const { registry, reads, clock } = this.#needs;
    const limit = registry.limitOfType(job.type);
    const isBlocked = job.state === 'blocked' && job.reason === 'limit';
    if (!isBlocked && (job.state !== 'ready' || !limit || limit.by !== null)) return null;
    if (isBlocked) {
      const now = clock.now();
      const at = await reads.ofJob(job.id);
      if (!at) return null;
      const { changed } = (await reads.all()).get(at.name) ?? {};
      const numbers = numbersOf(registry.limits().get(at.name)?.limit ?? NO_NUMBERS, changed);
      const use = { ...numbers, ...at, ...(await this.#starts(at.name, at.value, numbers, now)) };
      return `Waits for a place at the limit "${at.name}" of ${limit?.by ?? 'its value'} "${at.value}": ${reached(use, now) ?? 'it gets one soon'}.`;
    }
    const text = await this.reached(job.type);
    return text === null ? null : `Waits for the limit "${limit?.name}": ${text}.`;
  }

  /** What is used up of the limit of a type, without `by`; null if its jobs may start. */
  async reached(type: string): Promise<string | null> {
    const { registry, reads, jobs, clock } = this.#needs;
    const limit = registry.limitOfType(type);
    if (!limit || limit.by !== null) return null;
    const now = clock.now();
    const { name } = limit;
    const row = (await reads.all()).get(name);
    const numbers = numbersOf(limit, row?.changed);
    const types = registry.limits().get(name)?.types ?? [type];
    const counts = await jobs.counts();
    const running = counts
      .filter((one) => one.state === 'processing' && types.includes(one.type))
      .reduce((sum, { n }) => sum + Number(n), 0);
    const starts = await this.#starts(name, '', numbers, now);
    return reached({ ...numbers, running, closedUntil: row?.closedUntil ?? null, ...starts }, now);
  }

  async #starts(name: string, value: string, { rate }: LimitNumbers, now: number) {
    return rate ? this.#needs.reads.started(name, value, now - windowOf(rate)) : { started: 0, first: null };
  }
}

const NO_NUMBERS: Limit = { name: '', concurrency: null, rate: null, by: null };

const later = (time: number | null | undefined, now: number): string | null =>
  time != null && time > now ? iso(time) : null;

/** What is used up; null if nothing is. */
function reached({ concurrency, rate, running, started, first, closedUntil }: Use, now: number): string | null {
  if (closedUntil !== null && closedUntil > now)
    return `a job closed it until ${iso(closedUntil)}, for ${formatDuration(closedUntil - now)} more`;
  if (concurrency !== null && running >= concurrency) return `${running} of ${concurrency} run`;
  if (rate === null || started < rate.n) return null;
  const next = (first ?? now) + windowOf(rate) - now;
  return `${started} of ${rate.n} started in the last ${formatDuration(rate.per)}, the next may start in ${formatDuration(Math.max(next, 0))}`;
}
