// Which jobs somebody may see: the host's filter, or its answer about each job. One rule for lists, searches, failures and live events.
import type { Job, JobEvent } from '@phraseworks/sdk';
import type { Context } from 'hono';
import type { Where } from '../host.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Seen } from '../live/client.ts';
import { fits, fitsKind, needsJob } from '../queue/where.ts';
import { type Action, type Actor, aboutJob, type Guard, type Subject } from './deps.ts';
import { isLetIn } from './me-routes.ts';

/** Null: every job. */
export interface Sight {
  where: Where | undefined;
  sees(job: Job): boolean | Promise<boolean>;
}

export function sightOf(c: Context, guard: Guard, action: Action, actor: Actor): Sight | null {
  const sees = subjectSight(c, guard, action, actor);
  return sees && { where: actor.where, sees: (job) => sees(aboutJob(job)) };
}

/** The same for things that are not jobs yet, such as a schedule. Null: everything. */
export function subjectSight(
  c: Context,
  guard: Guard,
  action: Action,
  { where, perJob }: Actor,
): ((subject: Subject) => boolean | Promise<boolean>) | null {
  if (where) return (subject) => fits(where, subject);
  return perJob ? (subject) => isLetIn(c, guard, action, subject) : null;
}

/** What it may do with all jobs alike; false also where that is another thing for each job. */
export async function mayWithAll(c: Context, guard: Guard, action: Action): Promise<boolean> {
  if (!(await isLetIn(c, guard, action))) return false;
  const { where, perJob } = await guard.limited(c, action);
  return !where && !perJob;
}

/** Milliseconds for which an answer about one job holds, on one connection. */
const HOLDS = 60_000;
const MOST_KEPT = 1_000;

/** Remembers answers for a minute. */
export class Kept<T> {
  readonly #clock: Clock;
  readonly #answers = new Map<string, { until: number; answer: T }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(key: string, find: () => T): T {
    const now = this.#clock.now();
    const known = this.#answers.get(key);
    if (known && now < known.until) return known.answer;
    if (this.#answers.size >= MOST_KEPT) this.#answers.clear();
    const answer = find();
    this.#answers.set(key, { until: now + HOLDS, answer });
    return answer;
  }

  set(key: string, answer: T): void {
    this.#answers.set(key, { until: this.#clock.now() + HOLDS, answer });
  }
}

export interface ListenerRights {
  view: Actor;
  /** Null: no secrets. */
  operate: Actor | null;
}

interface EventSightDeps {
  guard: Guard;
  clock: Clock;
  /** Shared by all connections. */
  job(id: string): Promise<Job | null>;
}

/** What of an event somebody hears. Waits only where the job itself decides, and then once a minute for each job. */
export function eventSight(
  c: Context,
  { view, operate }: ListenerRights,
  { guard, clock, job: find }: EventSightDeps,
): (event: JobEvent) => Seen | Promise<Seen> {
  const secrets: Seen = operate && !operate.where && !operate.perJob ? true : 'masked';
  const decides = (actor: Actor | null): boolean =>
    actor?.perJob === true || (actor?.where !== undefined && needsJob(actor.where));
  const kindOnly = (actor: Actor | null, { jobType, plugin }: JobEvent): boolean =>
    actor !== null && (!actor.where || fitsKind(actor.where, { type: jobType, plugin }));
  if (!decides(view) && !decides(operate)) {
    return (event) => {
      if (!kindOnly(view, event)) return false;
      return kindOnly(operate, event) || (operate === null ? 'masked' : secrets);
    };
  }
  const kept = new Kept<Seen | Promise<Seen>>(clock);
  const ask = async (id: string): Promise<Seen> => {
    const job = await find(id);
    // Nothing says whose job it was once it has been removed.
    if (!job) return false;
    const may = async (action: Action, actor: Actor | null): Promise<boolean> =>
      actor !== null && (await (sightOf(c, guard, action, actor)?.sees(job) ?? true));
    if (!(await may('view', view))) return false;
    return (await may('operate', operate)) || 'masked';
  };
  return (event) =>
    kept.get(event.jobId, () => {
      const asking = ask(event.jobId);
      asking.then(
        (seen) => kept.set(event.jobId, seen),
        () => kept.set(event.jobId, false),
      );
      return asking;
    });
}
