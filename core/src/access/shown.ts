// Jobs as the caller may see them: only callers who may operate see the secrets.
import type { Job, JobView, ScheduleDetail } from '@phraseworks/sdk';
import { MASK, maskInStretches } from '@phraseworks/sdk/secrets';
import { Clock } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { type Node, OF_UNKNOWN_TYPE } from '../kernel/json-schema.ts';
import { Log } from '../kernel/logger.ts';
import { TypeRegistry } from '../queue/registry.ts';
import { viewOf } from '../queue/view.ts';
import { duplicate } from '../store/keys/keys.ts';
import type { Caller } from './actor.ts';
import type { AddedFor } from './adding.ts';
import { Turns } from './turns.ts';

const OUTCOME = ['result', 'error', 'progress', 'message', 'reason', 'metrics', 'worker'] as const;
const NO_OUTCOME = Object.fromEntries(OUTCOME.map((name) => [name, null]));

export class Shown extends Needing<typeof Shown.needs> {
  static readonly needs = { registry: TypeRegistry, turns: Turns, clock: Clock, log: Log };

  /** Asks `authorize` only about the jobs that have secrets. */
  async all(actor: Caller, jobs: readonly Job[]): Promise<Job[]> {
    const masked: Job[] = [];
    for (const job of jobs) {
      const { data, ...rest } = job;
      const shown = await this.#data(actor, job);
      const others = await this.#masked(actor, rest, this.#schemaOfRest(job.type));
      // Why it is held is no text of its processor.
      const reason = job.status === 'parked' || job.status === 'blocked' ? job.reason : others.reason;
      masked.push(shown === data && others === rest ? job : { ...job, ...others, reason, data: shown });
    }
    return Promise.all(jobs.map((job, i) => this.#for(actor, job, masked[i] as Job, job)));
  }

  async #masked<T>(actor: Caller, value: T, schema: Node | null = null): Promise<T> {
    if (actor.isSite) return value;
    return maskInStretches(value, schema, { confidential: true, rest: () => this.needs.turns.rest(actor) });
  }

  async #data(actor: Caller, { type, data }: Pick<Job, 'type' | 'data'>): Promise<unknown> {
    const schema = this.needs.registry.schemaOf(type);
    return schema === undefined
      ? (await this.#masked(actor, { data }, OF_UNKNOWN_TYPE)).data
      : this.#masked(actor, data, schema);
  }

  /** Of what is about jobs of a type, besides their data. */
  #schemaOfRest(type?: string): Node | null {
    return type !== undefined && this.needs.registry.schemaOf(type) === undefined ? OF_UNKNOWN_TYPE : null;
  }

  async one(actor: Caller, job: Job): Promise<Job> {
    const [shown = job] = await this.all(actor, [job]);
    return shown;
  }

  /** Jobs that were just added. What became of those that were there needs the right to view them. */
  async added(actor: Caller, { jobs, found }: AddedFor): Promise<Job[]> {
    const shown = await this.all(actor, jobs);
    return Promise.all(
      shown.map(async (job, i) => {
        if (!found.has(job.id) || (await actor.may('view', jobs[i]))) return job;
        // It has become another's since the transaction, or it is the first one of an idempotency key.
        if (job.outcome && job.outcome !== 'added') throw duplicate('key', null);
        return { ...job, ...NO_OUTCOME };
      }),
    );
  }

  /** For parts of a job of a type, such as its log, and for what may quote any job, such as a panel. */
  async about<T>(actor: Caller, answer: T, mayOperate = () => actor.may('operate'), type?: string): Promise<T> {
    const shown = withoutConfidential(await this.#masked(actor, answer, this.#schemaOfRest(type))) as T;
    return shown === answer || (await mayOperate()) ? answer : shown;
  }

  /** The view that its type makes. */
  async view(actor: Caller, job: Job): Promise<JobView> {
    return this.about(actor, await viewOf(job, this.needs), () => actor.may('operate', job));
  }

  async schedule(actor: Caller, schedule: ScheduleDetail): Promise<ScheduleDetail> {
    const { data, ...job } = schedule.jobData;
    const shown = await this.#data(actor, schedule.jobData);
    return this.#for(actor, schedule, shown === data ? schedule : { ...schedule, jobData: { ...job, data: shown } });
  }

  async #for<T>(actor: Caller, whole: T, shown: T, job?: Job): Promise<T> {
    return shown === whole || (await actor.may('operate', job)) ? whole : shown;
  }
}

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
