// Jobs as the caller may see them: the secrets in them are for those who may operate.
import type { Job } from '@phraseworks/sdk';
import { maskSecrets } from '@phraseworks/sdk/secrets';
import type { Context } from 'hono';
import type { JobFilter, JobPage, JobsHost, ScheduleDetail } from '../host.ts';
import type { Node } from '../kernel/json-schema.ts';
import { type Actor, aboutJob, type Guard } from './deps.ts';
import { isLetIn } from './me-routes.ts';
import { mayWithAll, sightOf } from './sight.ts';
import { isStillFound, tellingWords } from './still-found.ts';

/** Jobs of a page, where the request does not say. */
const PAGE = 50;
/** Pages of jobs that are looked at for one answer. */
const MOST_PAGES = 20;

const NO_OUTCOME = { result: null, error: null, progress: null } as const;

export class ShownJobs {
  readonly #guard: Guard;
  readonly #host: Pick<JobsHost, 'types' | 'listJobs'>;

  constructor(guard: Guard, host: Pick<JobsHost, 'types' | 'listJobs'>) {
    this.#guard = guard;
    this.#host = host;
  }

  /** What is found by a secret alone is left out, and pages do not tell that it is there. */
  async list(c: Context, actor: Actor, filter: JobFilter): Promise<JobPage> {
    const page = await this.#found(c, actor, { ...filter, brief: true });
    return { ...page, jobs: page.jobs.map(brief) };
  }

  async #found(c: Context, actor: Actor, filter: JobFilter): Promise<JobPage> {
    const words = tellingWords(filter.q);
    const sight = sightOf(c, this.#guard, 'view', actor) ?? undefined;
    let page = await this.#host.listJobs(filter, sight);
    if (words.length === 0 || (await mayWithAll(c, this.#guard, 'operate')))
      return { ...page, jobs: await this.all(c, page.jobs) };
    const { limit = PAGE } = filter;
    const found: Job[] = [];
    for (let pages = 1; ; pages += 1) {
      const { jobs, nextCursor, capped } = page;
      const shown = await this.all(c, jobs);
      found.push(...shown.filter((job, i) => (job === jobs[i] && !isUnread(job)) || isStillFound(job, words)));
      if (found.length > limit)
        return { jobs: found.slice(0, limit), nextCursor: found[limit - 1]?.id ?? null, capped: false };
      if (nextCursor === null || capped) return { ...page, jobs: found };
      if (pages === MOST_PAGES) return { jobs: found, nextCursor, capped: true };
      page = await this.#host.listJobs({ ...filter, cursor: nextCursor }, sight);
    }
  }

  /** `authorize` is asked about each job that has secrets, and about no other. */
  all(c: Context, jobs: readonly Job[]): Promise<Job[]> {
    const schemas = new Map(this.#host.types().map(({ type, schema }) => [type, schema as Node | null]));
    return Promise.all(jobs.map((job) => this.#for(c, job, hidden(job, schemas.get(job.type) ?? null), job)));
  }

  async one(c: Context, job: Job): Promise<Job> {
    const [shown = job] = await this.all(c, [job]);
    return shown;
  }

  /** Those that were just added. With a known `idempotencyKey` it is the first job, whose outcome is for those who may view it. */
  async added(c: Context, jobs: readonly Job[]): Promise<Job[]> {
    const shown = await this.all(c, jobs);
    return Promise.all(
      shown.map(async (job, i) => {
        const isNew = job.result === null && job.error === null && job.progress === null;
        if (isNew || (await isLetIn(c, this.#guard, 'view', aboutJob(jobs[i] as Job)))) return job;
        return { ...job, ...NO_OUTCOME };
      }),
    );
  }

  /** What is shown about a job beside it: its history, its log, what its plugin shows for it. */
  about<T>(c: Context, job: Job, told: T): Promise<T> {
    return this.#for(c, told, maskSecrets(told), job);
  }

  /** What may tell of any job, such as a panel. */
  async aboutAll<T>(c: Context, told: T): Promise<T> {
    const shown = maskSecrets(told);
    return shown === told || (await mayWithAll(c, this.#guard, 'operate')) ? told : shown;
  }

  schedule(c: Context, schedule: ScheduleDetail): Promise<ScheduleDetail> {
    const { data, ...job } = schedule.jobData;
    const schema = this.#host.types().find(({ type }) => type === job.type)?.schema ?? null;
    const shown = maskSecrets(data, schema as Node | null, { confidential: true });
    return this.#for(c, schedule, shown === data ? schedule : { ...schedule, jobData: { ...job, data: shown } });
  }

  async #for<T>(c: Context, whole: T, shown: T, job?: Job): Promise<T> {
    return shown === whole || (await isLetIn(c, this.#guard, 'operate', job && aboutJob(job))) ? whole : shown;
  }
}

/** Data that is too large to be looked at for secrets counts as not there. */
const isUnread = (job: Job): boolean => job.dataBytes !== undefined && job.data === null;

const brief = (job: Job): Job => (job.dataBytes === undefined ? job : { ...job, data: null });

/** The same one where it has no secrets. */
function hidden(job: Job, schema: Node | null): Job {
  const { data, ...rest } = job;
  const [shown, others] = [maskSecrets(data, schema, { confidential: true }), maskSecrets(rest)];
  return shown === data && others === rest ? job : { ...job, ...others, data: shown };
}
