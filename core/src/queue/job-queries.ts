// What is known of jobs, with what holds their types now: one, a page of many, their history, failures and numbers.
import type {
  Attempt,
  Failures,
  HistoryEntry,
  Job,
  JobFilter,
  JobPage,
  LogLine,
  ParkReason,
  QueueMetrics,
  Receipt,
  TypeMetrics,
  Where,
} from '@phraseworks/sdk';
import type { JobLinks } from '@phraseworks/sdk/contract';
import { JOB_STATES, LIMITS } from '@phraseworks/sdk/host';
import { z } from 'zod';
import { FOR_TIME, isFinal, isJobState, publicState, type StoredState } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import { Clock } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { readFields } from '../kernel/fields.ts';
import { isId } from '../kernel/id.ts';
import { toJob } from '../store/codec.ts';
import { JobReads, type Total } from '../store/job-reads.ts';
import { LinkReads } from '../store/links/reads.ts';
import type { Count } from '../store/search.ts';
import { failuresOf } from './failures.ts';
import { attemptsOf, historyOf } from './history.ts';
import { type HeldTypes, Holds } from './holds.ts';
import { linksOf, waitsForJobs } from './links/links.ts';
import { isWorker, Peers, ThisNode } from './presence.ts';
import { waitsForKey, whyNot } from './why.ts';

const text = z.string().optional();
const number = z.number().optional();
const Filter = z.object({
  status: z.union([z.string(), z.array(z.string())]).optional(),
  ids: z.array(z.string()).optional(),
  type: text,
  plugin: text,
  schedule: text,
  key: text,
  about: text,
  q: text,
  sort: text,
  cursor: text,
  from: number,
  to: number,
  endedFrom: number,
  endedTo: number,
  limit: number,
  offset: number,
  total: z.boolean().optional(),
  brief: z.boolean().optional(),
});
const FailedFrom = z.object({ from: number });

export class JobQueries extends Needing<typeof JobQueries.needs> {
  static readonly needs = {
    reads: JobReads,
    holds: Holds,
    peers: Peers,
    here: ThisNode,
    links: LinkReads,
    clock: Clock,
  };
  /** What a job may wait for although its type is free: each answers with a sentence, or null. */
  readonly reasons: ((job: JobRecord) => Promise<string | null>)[] = [
    (job) => waitsForJobs(this.needs.links, job),
    (job) => this.#waitsForKey(job),
  ];

  async record(id: string): Promise<JobRecord | null> {
    return isId(id) ? this.needs.reads.get(id) : null;
  }

  /** Why nothing runs jobs of this type. */
  async heldBy(type: string): Promise<ParkReason | null> {
    return (await this.needs.holds.now()).heldBy(type);
  }

  async get(id: string): Promise<Job | null> {
    const record = await this.record(id);
    return record && toJob(record, await this.needs.holds.now());
  }

  /** `where`: only these jobs. */
  async list(given: JobFilter, where?: Where): Promise<JobPage> {
    const { reads, holds } = this.needs;
    const filter = readFields(Filter, given, 'filter') as JobFilter;
    const types = await holds.now();
    const { records, ...page } = await reads.list(filter, types, where);
    return { jobs: records.map((record) => toJob(record, types)), ...page };
  }

  /** These jobs, in brief. */
  async these(given: readonly string[], where?: Where): Promise<Job[]> {
    const ids = given.filter(isId);
    const jobs: Job[] = [];
    for (let from = 0; from < ids.length; from += LIMITS.ids) {
      const part = ids.slice(from, from + LIMITS.ids);
      jobs.push(...((await this.list({ ids: part, brief: true, limit: LIMITS.ids }, where)).jobs as Job[]));
    }
    return jobs;
  }

  links(id: string, where?: Where): Promise<JobLinks> {
    return linksOf(this.needs.links, id, (ids) => this.these(ids, where));
  }

  /** Empty for an unknown job. */
  async history(id: string): Promise<{ events: HistoryEntry[]; attempts: Attempt[] }> {
    const { reads } = this.needs;
    const record = await this.record(id);
    if (!record) return { events: [], attempts: [] };
    const [attempts, steps] = [await reads.attempts(id), await reads.history(id)];
    return { events: historyOf(record, attempts, steps), attempts: attemptsOf(record, attempts) };
  }

  logs(id: string): Promise<LogLine[]> {
    return this.needs.reads.logs(id);
  }

  receipts(id: string): Promise<Receipt[]> {
    return this.needs.reads.receipts(id);
  }

  /** Why it is not running: from this process as it is now, and the others as of their last heartbeat. Null for an unknown job. */
  async why(id: string): Promise<string | null> {
    const { reads, holds, peers, here, clock } = this.needs;
    const record = isId(id) ? await reads.brief(id) : null;
    if (!record) return null;
    const { type, state } = record;
    const held = await holds.now();
    const { isWorker: isWorking, ...room } = here.roomFor(type);
    const isReady = state === 'ready';
    const others = isReady ? (await peers.recent()).filter(isWorker) : [];
    return whyNot(record, {
      now: clock.now(),
      held: held.heldBy(type),
      pause: held.pauseOf(type),
      refusal: held.refusalOf(type),
      failure: held.failureOf(type),
      ...room,
      workers: others.length + (isWorking ? 1 : 0),
      others,
      ahead: isReady ? await reads.ahead(record) : 0,
      waitsFor:
        isReady || state === 'blocked' || state === 'cancelled' || record.reason === FOR_TIME
          ? await this.#waitsFor(record)
          : null,
      deadline: isFinal(publicState(state)) ? null : await reads.deadline(id),
    });
  }

  async #waitsFor(job: JobRecord): Promise<string | null> {
    for (const reason of this.reasons) {
      const text = await reason(job);
      if (text !== null) return text;
    }
    return null;
  }

  async #waitsForKey({ id, state }: JobRecord): Promise<string | null> {
    const { reads } = this.needs;
    const before = state === 'blocked' ? await reads.beforeInKey(id) : [];
    const first = before[0] === undefined ? null : await reads.brief(before[0]);
    return first && waitsForKey(first, before.length);
  }

  async failures(options: { from?: number }, where?: Where): Promise<Failures> {
    const { from = 0 } = readFields(FailedFrom, options, 'options');
    return failuresOf(this.needs, from, where);
  }

  async metrics(): Promise<QueueMetrics> {
    const { reads, holds, peers } = this.needs;
    return metricsOf(await reads.counts(), await reads.totals(), await peers.stuck(), await holds.now());
  }
}

const empty = (): TypeMetrics =>
  Object.fromEntries([...JOB_STATES, 'total', 'delayed', 'avgProcessingTime'].map((name) => [name, 0])) as never;

export function metricsOf(
  counts: readonly Count[],
  totals: readonly Total[],
  stuck: number,
  { heldBy }: Pick<HeldTypes, 'heldBy'>,
): QueueMetrics {
  const all: QueueMetrics = { ...empty(), types: {}, stuck };
  const types = new Map<string, TypeMetrics>();
  const of = (type: string): TypeMetrics => {
    const known = types.get(type) ?? empty();
    types.set(type, known);
    return known;
  };
  for (const { state, type, n } of counts) {
    const key = publicState(state as StoredState, heldBy(type) !== null);
    if (!isJobState(key)) continue;
    for (const metrics of [all, of(type)]) {
      metrics[key] += Number(n);
      metrics.total += Number(n);
      if (state === 'scheduled' && key === 'pending') metrics.delayed += Number(n);
    }
  }
  let runs = 0;
  let ms = 0;
  for (const total of totals) {
    runs += Number(total.runs);
    ms += Number(total.run_ms);
    of(total.type).avgProcessingTime = average(Number(total.run_ms), Number(total.runs));
  }
  all.avgProcessingTime = average(ms, runs);
  // A plain assignment would fail for a type called `__proto__`.
  all.types = Object.fromEntries(types);
  return all;
}

const average = (ms: number, runs: number): number => (runs === 0 ? 0 : Math.round((ms / runs) * 100) / 100);
