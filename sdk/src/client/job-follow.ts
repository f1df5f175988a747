// Follows one job: every event from its first to its end, whatever happens to the connection meanwhile.
import type { JobEvent } from '../job.ts';
import { ClientError } from './client-error.ts';
import type { Follower } from './follower.ts';
import { eventOf, eventsOf } from './job-event.ts';
import type { JobFunctions } from './job-functions.ts';
import { createTimer } from './timer.ts';

export type JobEvents = AsyncIterableIterator<JobEvent, undefined>;
type Next = IteratorResult<JobEvent, undefined>;

interface JobFollowDeps {
  functions: JobFunctions;
  /** Milliseconds without news after which the job is looked at. */
  checkInterval: number;
  /** It is over: the follower may go. */
  ended(): void;
}

/** Milliseconds after which a look that nobody answered is tried again. */
const RETRY = 2_000;
const FINAL = ['completed', 'failed', 'cancelled'];
const DONE: Next = { value: undefined, done: true };

const keyOf = ({ event, attempt }: JobEvent): string => `${event} ${attempt}`;

export function jobFollow(jobId: string, { functions, checkInterval, ended }: JobFollowDeps): Follower & JobEvents {
  /** By event and attempt: how often it was told, and the time of the last. */
  const told = new Map<string, { count: number; last: string }>();
  /** Not taken yet. */
  const events: JobEvent[] = [];
  /** Those who wait for one. */
  const waiting: (() => void)[] = [];
  /** Live events that wait until what came before them is known. */
  let held: JobEvent[] | undefined = [];
  let shown = '';
  let newest = '';
  /** How far the job was at the last look. */
  let mark = '';
  let looking: Promise<unknown> = Promise.resolve();
  const timer = createTimer();
  let isOver = false;
  let why: unknown;

  const wake = (): void => {
    for (const go of waiting.splice(0)) go();
  };

  const end = (error?: unknown): void => {
    if (isOver) return;
    isOver = true;
    why = error;
    timer();
    wake();
    ended();
  };

  /**
   * What came live is new when it is younger than the last of its kind. An entry of the history is known by its number among
   * those: a start is sent with the time of the claim, and kept with the time of the first step.
   */
  const tell = (event: JobEvent, nth = 0): void => {
    if (isOver) return;
    const { at } = event;
    if (event.progress) {
      const progress = JSON.stringify(event.progress);
      if (progress === shown || at < newest) return;
      shown = progress;
    } else {
      const kind = told.get(keyOf(event)) ?? { count: 0, last: '' };
      const isNew = nth > 0 ? nth > kind.count : at > kind.last;
      told.set(keyOf(event), kind);
      if (at > kind.last) kind.last = at;
      if (at > newest) newest = at;
      if (!isNew) return;
      kind.count += 1;
    }
    events.push(event);
    wake();
  };

  const endAfter = (last?: JobEvent): void => {
    if (last && FINAL.includes(last.status)) end();
    else checkAfter(checkInterval);
  };

  const checkAfter = (delay: number): void => {
    if (!isOver) timer(delay, check);
  };
  const check = (): void => {
    look().catch((error) => {
      if (error.code === 'UNAVAILABLE') checkAfter(RETRY);
      else end(error);
    });
  };

  /** One after the other: what came just now may not be in an answer that is on its way. */
  const look = (): Promise<void> => {
    const next = looking.then(compare);
    looking = next.catch(() => {});
    return next;
  };

  /** Tells what is in the job's history and was not told before. */
  const compare = async (): Promise<void> => {
    if (isOver) return;
    const job = await functions.getJobStatus(jobId);
    const now = JSON.stringify(job && [job.status, job.attempt, job.progress]);
    const isNews = now !== mark;
    const history = job && isNews ? await functions.getJobHistory(jobId) : [];
    mark = now;
    if (!job || (isNews && history.length === 0)) {
      end(told.size > 0 ? undefined : new ClientError('JOB_NOT_FOUND', 'No job has this id', { status: 404 }));
      return;
    }
    const counts: Record<string, number> = {};
    const number = (event: JobEvent) => {
      const nth = (counts[keyOf(event)] ?? 0) + 1;
      counts[keyOf(event)] = nth;
      return { event, nth };
    };
    const past = eventsOf(job, history).map(number);
    const all = [...past, ...(held ?? []).map((event) => ({ event, nth: 0 }))];
    held = undefined;
    // As they happened: the answer may be older or newer than what came meanwhile.
    all.sort((a, b) => (a.event.at < b.event.at ? -1 : Number(a.event.at > b.event.at)));
    for (const { event, nth } of all) tell(event, nth);
    if (job.status === 'processing' && job.progress && !all.some(({ event }) => event.progress)) tell(eventOf(job));
    endAfter(all.at(-1)?.event);
  };

  const resync = (): void => {
    held ??= [];
    mark = '';
    check();
  };

  const follow: Follower & JobEvents = {
    filter: { jobs: [jobId] },
    hear: ({ data }) => {
      held?.push(data);
      if (held) return;
      tell(data);
      endAfter(data);
    },
    ready: resync,
    resync,
    look,
    end,
    [Symbol.asyncIterator]: () => follow,
    next: async () => {
      while (events.length === 0 && !isOver) await new Promise<void>((resolve) => waiting.push(resolve));
      const value = events.shift();
      const error = why;
      if (value) return { value, done: false };
      why = undefined;
      if (error) throw error;
      return DONE;
    },
    return: async () => {
      events.length = 0;
      end();
      return DONE;
    },
  };
  return follow;
}
