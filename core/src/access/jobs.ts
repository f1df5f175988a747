// The service Jobs: what anybody may do with jobs, with the rights of who asks.
import {
  type Action,
  type Attempt,
  type Failures,
  type HistoryEntry,
  type Job,
  type JobFilter,
  type JobPage,
  type Jobs,
  JobsError,
  type JobView,
  type LogLine,
  type NewJob,
  type Progress,
  type Receipt,
  type Who,
  type WhyNot,
} from '@phraseworks/sdk';
import { type JobLinks, RetryChange } from '@phraseworks/sdk/contract';
import { Needing } from '../kernel/container.ts';
import { notFound } from '../kernel/errors.ts';
import { readFields } from '../kernel/fields.ts';
import { isId } from '../kernel/id.ts';
import { refusal } from '../queue/admission.ts';
import { JobActions } from '../queue/job-actions.ts';
import { JobQueries } from '../queue/job-queries.ts';
import { JobReports } from '../queue/job-reports.ts';
import { Signals } from '../queue/steps/signals.ts';
import { actorOf, type Caller, isAllowed } from './actor.ts';
import { Adding } from './adding.ts';
import { Audit } from './audit.ts';
import { Reach } from './reach.ts';
import { brief, searchFor } from './search.ts';
import { Shown } from './shown.ts';

export class GuardedJobs extends Needing<typeof GuardedJobs.needs> implements Jobs {
  static readonly needs = {
    queries: JobQueries,
    actions: JobActions,
    reports: JobReports,
    adding: Adding,
    reach: Reach,
    shown: Shown,
    audit: Audit,
    signals: Signals,
  };

  async list<T extends string>(who: Who, filter: JobFilter<T> = {}): Promise<JobPage<T>> {
    const { queries, shown } = this.needs;
    const actor = actorOf(who);
    const { where } = await actor.require('view', 'some');
    const page = await searchFor(actor, filter, (part) => queries.list(part, where), shown);
    return { ...page, jobs: page.jobs.map(brief) } as never;
  }

  async get<T extends string>(who: Who, id: string): Promise<Job<T>> {
    const actor = actorOf(who);
    return (await this.needs.shown.one(actor, await this.#whole(actor, 'view', id))) as Job<never>;
  }

  async add(who: Who, job: NewJob, uploads: readonly string[] = []): Promise<Job> {
    const { adding, shown } = this.needs;
    const actor = actorOf(who);
    await this.#checkAfter(actor, [job], () => '');
    const [added] = await shown.added(actor, await adding.one(actor, job, uploads));
    return added as Job;
  }

  async addMany(who: Who, jobs: readonly NewJob[]): Promise<Job[]> {
    const { adding, shown } = this.needs;
    const actor = actorOf(who);
    await this.#checkAfter(actor, jobs, (i) => `[${i}].`);
    return shown.added(actor, await adding.many(actor, jobs));
  }

  async retry(who: Who, id: string, change: { data?: unknown } = {}): Promise<Job> {
    const { actions, adding, reach, audit } = this.needs;
    const { data } = readFields(RetryChange, change, 'change');
    const actor = actorOf(who);
    await adding.checkAgain(actor, await this.#whole(actor, 'operate', id), data);
    await reach.check(actor, 'retry', id);
    return audit.done(actor, { action: 'retryJob', target: id }, () => actions.retry(id, { data, by: nameOf(actor) }));
  }

  async run(who: Who, id: string): Promise<Job> {
    const { actions, adding, audit } = this.needs;
    const actor = actorOf(who);
    await adding.checkAgain(actor, await this.#whole(actor, 'operate', id));
    return audit.done(actor, { action: 'runJob', target: id }, () => actions.run(id));
  }

  async signal(who: Who, id: string, key: string, data?: unknown): Promise<Job> {
    const { signals, adding, audit } = this.needs;
    const actor = actorOf(who);
    const job = await this.#whole(actor, 'operate', id);
    await adding.checkAgain(actor, job);
    return audit.done(actor, { action: 'signalJob', target: id, detail: key }, async () => {
      await signals.send(id, key, data, nameOf(actor));
      return this.#again(job);
    });
  }

  async cancel(who: Who, id: string): Promise<Job> {
    const { actions, reach, audit } = this.needs;
    const actor = actorOf(who);
    const job = await this.#find(actor, 'operate', id);
    await reach.check(actor, 'cancel', id);
    return audit.done(actor, { action: 'cancelJob', target: id }, async () => {
      if (await actions.cancel(id, nameOf(actor))) return this.#again(job);
      throw new JobsError('NOT_CANCELLABLE', 'The job has already finished: it can be retried, but not cancelled.');
    });
  }

  async remove(who: Who, id: string): Promise<void> {
    const { actions, reach, audit } = this.needs;
    const actor = actorOf(who);
    await this.#find(actor, 'operate', id);
    await reach.check(actor, 'delete', id);
    await audit.done(actor, { action: 'deleteJob', target: id }, () => actions.remove(id));
  }

  async progress(who: Who, id: string, progress: Progress): Promise<Job> {
    const job = await this.#find(actorOf(who), 'operate', id);
    await this.needs.reports.progress(id, progress);
    return this.#again(job);
  }

  history(who: Who, id: string): Promise<{ events: HistoryEntry[]; attempts: Attempt[] }> {
    return this.#about(who, id, () => this.needs.queries.history(id));
  }

  logs(who: Who, id: string): Promise<LogLine[]> {
    return this.#about(who, id, () => this.needs.queries.logs(id));
  }

  receipts(who: Who, id: string): Promise<Receipt[]> {
    return this.#about(who, id, () => this.needs.queries.receipts(id));
  }

  async links(who: Who, id: string): Promise<JobLinks> {
    const actor = actorOf(who);
    await this.#find(actor, 'view', id);
    const { where } = await actor.require('view', 'some');
    return this.needs.queries.links(id, where);
  }

  /** A caller may only name jobs to wait for that they may see. */
  async #checkAfter(actor: Caller, jobs: readonly NewJob[], path: (index: number) => string): Promise<void> {
    for (const [i, { after }] of jobs.entries()) {
      if (actor.isSite || !Array.isArray(after)) continue;
      const { where } = await actor.require('view', 'some');
      const seen = new Set((await this.needs.queries.these(after as string[], where)).map(({ id }) => id));
      const at = after.findIndex((one) => !seen.has(one as string));
      if (at >= 0) throw refusal([{ path: `${path(i)}after[${at}]`, message: 'is not a known job' }], false);
    }
  }

  async why(who: Who, id: string): Promise<WhyNot> {
    const actor = actorOf(who);
    const job = await this.#find(actor, 'view', id);
    const why = (await this.needs.queries.why(id)) ?? 'It was just deleted.';
    // It may quote why the job ended or sleeps, which its type may hide.
    const { reason } = await this.needs.shown.one(actor, job);
    const shown = job.reason === null ? why : why.replaceAll(job.reason, reason ?? '');
    return { jobId: id, status: job.status, why: shown };
  }

  async view(who: Who, id: string): Promise<JobView> {
    const actor = actorOf(who);
    return this.needs.shown.view(actor, await this.#whole(actor, 'view', id));
  }

  async failures(who: Who, options: { from?: number } = {}): Promise<Failures> {
    const { queries, shown } = this.needs;
    const actor = actorOf(who);
    const { where } = await actor.require('view', 'some');
    const all = await queries.failures(options, where);
    const failures = all.failures.map((one) => shown.about(actor, one, undefined, one.type));
    return { ...all, failures: await Promise.all(failures) };
  }

  /** Without large data and results, which rights need only for a `where` of data. Callers who may not see a job cannot tell whether it exists. */
  async #find(actor: Caller, action: Action, id: string): Promise<Job> {
    const { where } = await actor.require(action, 'some');
    const found = isId(id) ? await this.needs.queries.list({ ids: [id], brief: true }, where) : null;
    const job = found?.jobs[0];
    if (job) return job;
    await actor.require(action);
    throw notFound();
  }

  async #whole(actor: Caller, action: Action, id: string): Promise<Job> {
    return this.#again(await this.#find(actor, action, id));
  }

  async #about<T extends object>(who: Who, id: string, read: () => Promise<T>): Promise<T> {
    const actor = actorOf(who);
    const { type } = await this.#find(actor, 'view', id);
    return this.needs.shown.about(actor, await read(), () => isAllowed(this.#find(actor, 'operate', id)), type);
  }

  async #again(job: Job): Promise<Job> {
    return (await this.needs.queries.get(job.id)) ?? job;
  }
}

/** For the history of a job. */
const nameOf = ({ user }: Caller): string | null => user ?? null;
