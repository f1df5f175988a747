// Jobs as the caller may see them: only callers who may operate see the secrets.
import type { Job } from '@phraseworks/sdk';
import type { JobPage, ScheduleDetail } from '@phraseworks/sdk/client';
import { MASK, maskInStretches } from '@phraseworks/sdk/secrets';
import type { Context } from 'hono';
import type { JobsHost } from '../jobs-host.ts';
import { msOf } from '../kernel/clock.ts';
import { valueAt } from '../kernel/json.ts';
import type { Node } from '../kernel/json-schema.ts';
import type { JobFilter } from '../store/job-filter.ts';
import { cursorOf } from '../store/search-order.ts';
import { searchWords, type Word } from '../store/search-words.ts';
import type { Actor } from './authorize.ts';
import { type Guard, isAllowed } from './guard.ts';
import type { Turns } from './turns.ts';

/** Default page size. */
const PAGE = 50;
/** The most pages of jobs to examine for one answer. */
const MOST_PAGES = 20;

const NO_OUTCOME = {
  ...{ result: null, error: null, progress: null },
  ...{ message: null, reason: null, metrics: null, worker: null },
} as const;

export class ShownJobs {
  readonly #guard: Guard;
  readonly #host: Pick<JobsHost, 'types' | 'listJobs'>;
  readonly #turns: Turns;

  constructor(guard: Guard, host: Pick<JobsHost, 'types' | 'listJobs'>, turns: Turns) {
    this.#guard = guard;
    this.#host = host;
    this.#turns = turns;
  }

  /** Leaves out jobs that only their secrets match, and pages do not reveal that they exist. */
  async list(c: Context, actor: Actor, filter: JobFilter): Promise<JobPage> {
    const page = await this.#found(c, actor, { ...filter, brief: true });
    return { ...page, jobs: page.jobs.map(brief) };
  }

  async #found(c: Context, { where }: Actor, filter: JobFilter): Promise<JobPage> {
    const words = revealingWords(filter.q);
    let page = await this.#host.listJobs(filter, where);
    if (words.length === 0 || (await isAllowed(c, this.#guard, 'operate')))
      return { ...page, jobs: await this.all(c, page.jobs) };
    const { limit = PAGE, sort = 'newest' } = filter;
    const found: Job[] = [];
    for (let pages = 1; ; pages += 1) {
      const { jobs, nextCursor, capped } = page;
      const shown = await this.all(c, jobs);
      found.push(...shown.filter((job, i) => (job === jobs[i] && !isUnread(job)) || isStillFound(job, words)));
      const last = found.length > limit ? found[limit - 1] : undefined;
      // A delayed job is due when it may run.
      if (last) {
        const due = last.runAt === null ? null : msOf(last.runAt);
        return { jobs: found.slice(0, limit), nextCursor: cursorOf(sort, last.id, due), capped: false };
      }
      if (nextCursor === null || capped) return { ...page, jobs: found };
      if (pages === MOST_PAGES) return { jobs: found, nextCursor, capped: true };
      page = await this.#host.listJobs({ ...filter, cursor: nextCursor }, where);
    }
  }

  /** Asks `authorize` only about the jobs that have secrets. */
  async all(c: Context, jobs: readonly Job[]): Promise<Job[]> {
    const schemas = new Map(this.#host.types().map(({ type, schema }) => [type, schema as Node | null]));
    const masked: Job[] = [];
    for (const job of jobs) {
      const { data, ...rest } = job;
      const shown = await this.#masked(c, data, schemas.get(job.type) ?? null);
      const others = await this.#masked(c, rest);
      masked.push(shown === data && others === rest ? job : { ...job, ...others, data: shown });
    }
    return Promise.all(jobs.map((job, i) => this.#for(c, job, masked[i] as Job, job)));
  }

  #masked<T>(c: Context, value: T, schema: Node | null = null): Promise<T> {
    return maskInStretches(value, schema, { confidential: true, rest: () => this.#turns.rest(c) });
  }

  async one(c: Context, job: Job): Promise<Job> {
    const [shown = job] = await this.all(c, [job]);
    return shown;
  }

  /** Jobs that were just added. With a known `idempotencyKey` this is the first job, whose outcome needs the right to view it. */
  async added(c: Context, jobs: readonly Job[]): Promise<Job[]> {
    const shown = await this.all(c, jobs);
    return Promise.all(
      shown.map(async (job, i) => {
        const isNew = Object.keys(NO_OUTCOME).every((name) => job[name as keyof typeof NO_OUTCOME] === null);
        if (isNew || (await isAllowed(c, this.#guard, 'view', jobs[i]))) return job;
        return { ...job, ...NO_OUTCOME };
      }),
    );
  }

  /** For parts of a job: its history, its log and its plugin's view. */
  async about<T extends object>(c: Context, job: Job, answer: T): Promise<T> {
    const masked = await this.#masked(c, answer);
    return this.#for(c, answer, 'blocks' in masked ? (withoutConfidential(masked) as T) : masked, job);
  }

  /** For things that may quote any job, such as a panel. */
  async aboutAll<T>(c: Context, answer: T): Promise<T> {
    const shown = withoutConfidential(await this.#masked(c, answer)) as T;
    return shown === answer || (await isAllowed(c, this.#guard, 'operate')) ? answer : shown;
  }

  async schedule(c: Context, schedule: ScheduleDetail): Promise<ScheduleDetail> {
    const { data, ...job } = schedule.jobData;
    const schema = this.#host.types().find(({ type }) => type === job.type)?.schema ?? null;
    const shown = await this.#masked(c, data, schema as Node | null);
    return this.#for(c, schedule, shown === data ? schedule : { ...schedule, jobData: { ...job, data: shown } });
  }

  async #for<T>(c: Context, whole: T, shown: T, job?: Job): Promise<T> {
    return shown === whole || (await isAllowed(c, this.#guard, 'operate', job)) ? whole : shown;
  }
}

/** Data that is too large to search for secrets counts as missing. */
const isUnread = (job: Job): boolean => job.dataBytes !== undefined && job.data === null;

const brief = (job: Job): Job => (job.dataBytes === undefined ? job : { ...job, data: null });

/** Masks the cells of blocks that their plugin marked; the same value if there are none. */
function withoutConfidential(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('confidential' in value && value.confidential === true && 'href' in value) return { ...value, text: MASK };
  if (Array.isArray(value)) {
    const shown = value.map(withoutConfidential);
    return shown.some((inner, i) => inner !== value[i]) ? shown : value;
  }
  const changed = Object.entries(value).flatMap(([key, inner]) => {
    const shown = withoutConfidential(inner);
    return shown === inner ? [] : [[key, shown]];
  });
  return changed.length === 0 ? value : { ...value, ...Object.fromEntries(changed) };
}

/** The words of a search that may match a secret. */
const revealingWords = (q: string | undefined): Word[] =>
  searchWords(q ?? '').filter(({ kind }) => kind === 'text' || kind === 'data' || kind === 'error');

/** Does the search still match without the job's secrets? Otherwise a caller could guess them, letter by letter. */
const isStillFound = (shown: Job, words: readonly Word[]): boolean =>
  words.every((word) => {
    if (word.kind === 'data') return holds(json(valueAt(shown.data, word.path)), inJson(word.text));
    if (word.kind === 'error') return holdsInOrder(shown.error ?? '', word.text.split('#'));
    const plain = [shown.id, shown.type, shown.error ?? ''].some((text) => holds(text, word.text));
    return plain || holds(json(shown.data), inJson(word.text));
  });

const json = (value: unknown): string => JSON.stringify(value) ?? '';
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
const holds = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());

function holdsInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0;
  return parts.every((part) => {
    const at = text.toLowerCase().indexOf(part.toLowerCase(), from);
    from = at + part.length;
    return at >= 0;
  });
}
