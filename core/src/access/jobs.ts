// The service Jobs: what anybody may do with jobs, with the rights of who asks.
import {
  type Action,
  type Actor,
  type Attempt,
  type BulkRequest,
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
import type { Built } from '../kernel/container.ts';
import { notFound } from '../kernel/errors.ts';
import { isId } from '../kernel/id.ts';
import { AllJobs } from '../queue/all-jobs.ts';
import { filterText } from '../queue/bulk.ts';
import { JobsOf } from '../queue/jobs-of.ts';
import { TypeRegistry } from '../queue/registry.ts';
import { actorOf, isAllowed } from './actor.ts';
import { Adding } from './adding.ts';
import { Audit } from './audit.ts';
import { namesOf } from './job-types.ts';
import { searchFor } from './search.ts';
import { Shown } from './shown.ts';

export class GuardedJobs implements Jobs {
  static readonly needs = {
    all: AllJobs,
    jobs: JobsOf,
    registry: TypeRegistry,
    adding: Adding,
    shown: Shown,
    audit: Audit,
  };
  readonly #needs;
  /** Of the application. */
  readonly #own;

  constructor(needs: Built<typeof GuardedJobs.needs>) {
    this.#needs = needs;
    this.#own = needs.jobs(null);
  }

  async list<T extends string>(who: Who, filter: JobFilter<T> = {}): Promise<JobPage<T>> {
    const { all, shown } = this.#needs;
    const actor = actorOf(who);
    const { where } = await actor.require('view', 'some');
    return searchFor(actor, filter, { read: (part) => all.listJobs(part, where), shown }) as never;
  }

  async get<T extends string>(who: Who, id: string): Promise<Job<T>> {
    const actor = actorOf(who);
    return (await this.#needs.shown.one(actor, await this.#whole(actor, 'view', id))) as Job<never>;
  }

  async add(who: Who, job: NewJob, uploads: readonly string[] = []): Promise<Job> {
    const { adding, shown } = this.#needs;
    const actor = actorOf(who);
    const added = await adding.one(actor, job, uploads);
    const [answer = added] = await shown.added(actor, [added]);
    return answer;
  }

  async addMany(who: Who, jobs: readonly NewJob[]): Promise<Job[]> {
    const { adding, shown } = this.#needs;
    const actor = actorOf(who);
    return shown.added(actor, await adding.many(actor, jobs));
  }

  async retry(who: Who, id: string, change: { data?: unknown } = {}): Promise<Job> {
    const { all, adding, audit } = this.#needs;
    const actor = actorOf(who);
    const job = await this.#whole(actor, 'operate', id);
    const data = change.data === undefined ? {} : { data: change.data };
    await adding.checkAgain(actor, job, data);
    return audit.done(who, { action: 'retryJob', target: id }, () => all.retryJob(id, { ...data, ...by(actor) }));
  }

  async run(who: Who, id: string): Promise<Job> {
    const { all, adding, audit } = this.#needs;
    const actor = actorOf(who);
    await adding.checkAgain(actor, await this.#whole(actor, 'operate', id), {});
    return audit.done(who, { action: 'runJob', target: id }, () => all.runJob(id, by(actor)));
  }

  async cancel(who: Who, id: string): Promise<Job> {
    const { all, audit } = this.#needs;
    const actor = actorOf(who);
    const job = await this.#find(actor, 'operate', id);
    return audit.done(who, { action: 'cancelJob', target: id }, async () => {
      if (await all.cancelJob(id, by(actor))) return this.#again(job);
      throw new JobsError('NOT_CANCELLABLE', 'The job has already finished: it can be retried, but not cancelled.');
    });
  }

  async remove(who: Who, id: string): Promise<void> {
    await this.#find(actorOf(who), 'operate', id);
    await this.#needs.audit.done(who, { action: 'deleteJob', target: id }, () => this.#needs.all.deleteJob(id));
  }

  async progress(who: Who, id: string, progress: Progress): Promise<Job> {
    const job = await this.#find(actorOf(who), 'operate', id);
    await this.#own.updateJobProgress(id, progress);
    return this.#again(job);
  }

  async history(who: Who, id: string): Promise<{ events: HistoryEntry[]; attempts: Attempt[] }> {
    const { all } = this.#needs;
    return this.#about(who, id, async () => {
      const [events, attempts] = await Promise.all([this.#own.getJobHistory(id), all.getJobAttempts(id)]);
      return { events, attempts };
    });
  }

  async logs(who: Who, id: string): Promise<LogLine[]> {
    return this.#about(who, id, () => this.#needs.all.getJobLogs(id));
  }

  async receipts(who: Who, id: string): Promise<Receipt[]> {
    await this.#find(actorOf(who), 'view', id);
    return this.#needs.all.getJobReceipts(id);
  }

  async why(who: Who, id: string): Promise<WhyNot> {
    const { status } = await this.#find(actorOf(who), 'view', id);
    return (await this.#needs.all.why(id)) ?? { jobId: id, status, why: 'It was just deleted.' };
  }

  async view(who: Who, id: string): Promise<JobView> {
    return this.#about(who, id, () => this.#needs.all.jobView(id));
  }

  async failures(who: Who, options: { from?: number } = {}): Promise<Failures> {
    const { where } = await actorOf(who).require('view', 'some');
    return this.#needs.all.failures(options, where);
  }

  /** The action runs later, without the caller, so ask for the rights now. */
  async bulk(who: Who, request: BulkRequest): Promise<Job> {
    const { all, registry, adding, audit } = this.#needs;
    const actor = actorOf(who);
    const { where } = await actor.require('operate', 'some');
    const starts = request.action === 'retry' || request.action === 'run';
    const without = starts ? await adding.closedTypes(actor, namesOf(registry)) : [];
    const limits = { ...(without.length > 0 ? { without } : {}), ...(where ? { where } : {}) };
    const job = await all.bulk(request, limits);
    const entry = { action: 'bulk', target: request.action, detail: filterText(request.filter) };
    if (who !== 'system') await audit.add(actor, entry);
    return job;
  }

  /** Without large data and results, which rights need only for a `where` of data. Callers who may not see a job cannot tell whether it exists. */
  async #find(actor: Actor, action: Action, id: string): Promise<Job> {
    const { where } = await actor.require(action, 'some');
    const found = isId(id) ? await this.#needs.all.listJobs({ ids: [id], brief: true }, where) : null;
    const job = found?.jobs[0];
    if (job) return job;
    await actor.require(action);
    throw notFound();
  }

  async #whole(actor: Actor, action: Action, id: string): Promise<Job> {
    return this.#again(await this.#find(actor, action, id));
  }

  async #about<T extends object>(who: Who, id: string, read: () => Promise<T>): Promise<T> {
    const actor = actorOf(who);
    await this.#find(actor, 'view', id);
    return this.#needs.shown.about(actor, await read(), () => isAllowed(this.#find(actor, 'operate', id)));
  }

  async #again(job: Job): Promise<Job> {
    return (await this.#own.getJobStatus(job.id)) ?? job;
  }
}

const by = ({ user }: Actor) => (user === undefined ? {} : { by: user });
