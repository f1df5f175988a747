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
  Where,
} from '@phraseworks/sdk';
import type { JobRecord } from '../job/record.ts';
import type { Built } from '../kernel/container.ts';
import { finite, flag, readFields, text, textOrTexts, texts } from '../kernel/fields.ts';
import { isId } from '../kernel/id.ts';
import { toJob } from '../store/codec.ts';
import { JobReads } from '../store/job-reads.ts';
import { Ledger } from '../store/ledger.ts';
import { metricsOf } from './counts.ts';
import { failuresOf } from './failures.ts';
import { attemptsOf, historyOf } from './history.ts';
import { Holds } from './holds.ts';
import { Peers } from './presence.ts';
import { Explainer } from './why.ts';

const FILTER_FIELDS = {
  status: textOrTexts,
  type: text,
  plugin: text,
  schedule: text,
  key: text,
  ids: texts,
  q: text,
  from: finite,
  to: finite,
  sort: text,
  limit: finite,
  cursor: text,
  brief: flag,
};

/** A copy of it. Throws `INVALID_DATA` for fields of another kind. */
export const copyFilter = (given: JobFilter): JobFilter => readFields<JobFilter>(given, 'filter', FILTER_FIELDS);

export class JobQueries {
  static readonly needs = { reads: JobReads, ledger: Ledger, holds: Holds, peers: Peers, explainer: Explainer };
  readonly #needs;

  constructor(needs: Built<typeof JobQueries.needs>) {
    this.#needs = needs;
  }

  async record(id: string): Promise<JobRecord | null> {
    return isId(id) ? this.#needs.reads.get(id) : null;
  }

  /** Why nothing runs jobs of this type. */
  async heldBy(type: string): Promise<ParkReason | null> {
    return (await this.#needs.holds.now()).heldBy(type);
  }

  async get(id: string): Promise<Job | null> {
    const record = await this.record(id);
    if (!record) return null;
    await this.#addKeys([record]);
    return toJob(record, await this.#needs.holds.now());
  }

  /** `where`: only these jobs. */
  async list(given: JobFilter, where?: Where): Promise<JobPage> {
    const { reads, holds } = this.#needs;
    const filter = copyFilter(given);
    const types = await holds.now();
    const { records, nextCursor, capped } = await reads.list(filter, types, where);
    await this.#addKeys(records);
    return { jobs: records.map((record) => toJob(record, types)), nextCursor, capped };
  }

  async #addKeys(records: readonly JobRecord[]): Promise<void> {
    await this.#needs.ledger.keys?.addKeys(records);
  }

  /** Empty for an unknown job. */
  async history(id: string): Promise<{ events: HistoryEntry[]; attempts: Attempt[] }> {
    const { reads } = this.#needs;
    const record = await this.record(id);
    if (!record) return { events: [], attempts: [] };
    const [attempts, steps] = [await reads.attempts(id), await reads.history(id)];
    return { events: historyOf(record, attempts, steps), attempts: attemptsOf(record, attempts) };
  }

  logs(id: string): Promise<LogLine[]> {
    return this.#needs.reads.logs(id);
  }

  receipts(id: string): Promise<Receipt[]> {
    return this.#needs.reads.receipts(id);
  }

  /** Null for an unknown job. */
  async why(id: string): Promise<string | null> {
    const record = isId(id) ? await this.#needs.reads.brief(id) : null;
    return record ? this.#needs.explainer.explain(record) : null;
  }

  async failures(options: { from?: number }, where?: Where): Promise<Failures> {
    const { from = 0 } = readFields(options, 'options', { from: finite });
    return failuresOf(this.#needs, from, where);
  }

  async metrics(): Promise<QueueMetrics> {
    const { reads, holds, peers } = this.#needs;
    return metricsOf(await reads.counts(), await reads.totals(), await peers.stuck(), await holds.now());
  }
}
