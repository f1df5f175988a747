// Jobs as the caller may see them: only callers who may operate see the secrets.
import type { Job, JobView, ScheduleDetail } from '@phraseworks/sdk';
import { MASK, maskInStretches } from '@phraseworks/sdk/secrets';
import { Clock } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { jsonSchemaOf, type Node } from '../kernel/json-schema.ts';
import { Log } from '../kernel/logger.ts';
import { TypeRegistry } from '../queue/registry.ts';
import { viewOf } from '../queue/view.ts';
import type { Caller } from './actor.ts';
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
      const shown = await this.#masked(actor, data, this.#schemaOf(job.type));
      const others = await this.#masked(actor, rest);
      masked.push(shown === data && others === rest ? job : { ...job, ...others, data: shown });
    }
    return Promise.all(jobs.map((job, i) => this.#for(actor, job, masked[i] as Job, job)));
  }

  async #masked<T>(actor: Caller, value: T, schema: Node | null = null): Promise<T> {
    if (actor.isSite) return value;
    return maskInStretches(value, schema, { confidential: true, rest: () => this.needs.turns.rest(actor) });
  }

  async one(actor: Caller, job: Job): Promise<Job> {
    const [shown = job] = await this.all(actor, [job]);
    return shown;
  }

  /** Jobs that were just added. With a known `idempotencyKey` this is the first job, whose outcome needs the right to view it. */
  async added(actor: Caller, jobs: readonly Job[]): Promise<Job[]> {
    const shown = await this.all(actor, jobs);
    return Promise.all(
      shown.map(async (job, i) => {
        const isNew = OUTCOME.every((name) => job[name] === null);
        if (isNew || (await actor.may('view', jobs[i]))) return job;
        return { ...job, ...NO_OUTCOME };
      }),
    );
  }

  /** For parts of a job, such as its log, and for what may quote any job, such as a panel. */
  async about<T>(actor: Caller, answer: T, mayOperate = () => actor.may('operate')): Promise<T> {
    const shown = withoutConfidential(await this.#masked(actor, answer)) as T;
    return shown === answer || (await mayOperate()) ? answer : shown;
  }

  /** The view that its type makes. */
  async view(actor: Caller, job: Job): Promise<JobView> {
    return this.about(actor, await viewOf(job, this.needs), () => actor.may('operate', job));
  }

  async schedule(actor: Caller, schedule: ScheduleDetail): Promise<ScheduleDetail> {
    const { data, ...job } = schedule.jobData;
    const shown = await this.#masked(actor, data, this.#schemaOf(job.type));
    return this.#for(actor, schedule, shown === data ? schedule : { ...schedule, jobData: { ...job, data: shown } });
  }

  #schemaOf(type: string): Node | null {
    return jsonSchemaOf(this.needs.registry.get(type)?.options.data);
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
