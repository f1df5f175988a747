// Follows one job: delivers every event from first to last, whatever happens to the connection.
import type { JobEvent } from '../job.ts';
import { ClientError } from './client-error.ts';
import type { Follower } from './follower.ts';
import { eventOf, eventsOf } from './job-event.ts';
import type { JobFunctions } from './job-functions.ts';
import { createTimer } from './timer.ts';

export type JobEvents<T extends string = string> = AsyncIterableIterator<JobEvent<T>, undefined>;
type Next = IteratorResult<JobEvent, undefined>;

interface JobFollowDeps {
  functions: JobFunctions;
  /** Milliseconds without news after which the job is checked. */
  checkInterval: number;
  /** Called when it has ended, to remove the follower. */
  ended(): void;
}

/** Milliseconds after which a failed request is repeated. */
const RETRY = 2_000;
/** Two equal events within this many milliseconds are the same: times in the history differ slightly from those sent. */
const ECHO = 2_000;
const FINAL: unknown[] = ['completed', 'failed', 'cancelled'];

const keyOf = ({ event, attempt }: JobEvent): string => event + attempt;

export function jobFollow(jobId: string, { functions, checkInterval, ended }: JobFollowDeps): Follower & JobEvents {
  /** By event and attempt: how often it was reported, and the time of the last one reported from a history. */
  const told = new Map<string, { count: number; last: number }>();
  /** Events not consumed yet. */
  const events: JobEvent[] = [];
  /** Callers waiting for an event. */
  const waiting: (() => void)[] = [];
  /** Live events that wait until earlier ones are known. */
  let held: JobEvent[] | undefined = [];
  let shown = '';
  let latest: JobEvent | undefined;
  /** The progress of the job at the last poll. */
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

  /** An entry of a history is new if fewer of its kind were reported. A live event is new unless it is an echo. */
  const tell = (event: JobEvent, nth = 0): void => {
    if (isOver) return;
    const { attempt, at, progress } = event;
    if (progress) {
      const text = attempt + JSON.stringify(progress);
      // It is late: the attempt has ended, as the history already reported.
      const isPast = latest && attempt < latest.attempt + Number(latest.status !== 'processing');
      if (text === shown || isPast) return;
      shown = text;
    } else {
      const kind = told.get(keyOf(event)) ?? { count: 0, last: 0 };
      const isNew = nth > 0 ? nth > kind.count : Date.parse(at) > kind.last + ECHO;
      if (nth > 0) kind.last = Date.parse(at);
      told.set(keyOf(event), kind);
      if (!isNew) return;
      kind.count += 1;
      latest = event;
    }
    events.push(event);
    wake();
  };

  const isFinal = (event?: JobEvent): boolean => FINAL.includes(event?.status);

  /** An end that was not reported is an echo, or arrived at about the same time: check the history. */
  const endAfter = (event?: JobEvent): void => {
    if (isFinal(latest)) end();
    else checkAfter(isFinal(event) ? 0 : checkInterval);
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

  /** One at a time: a response in progress may not include the newest event. */
  const look = (): Promise<void> => {
    const next = looking.then(compare);
    looking = next.catch(() => {});
    return next;
  };

  /** Reports the events of the job's history that were not reported before. */
  const compare = async (): Promise<void> => {
    if (isOver) return;
    const before = held;
    const job = await functions.getJobStatus(jobId);
    const now = JSON.stringify(job && [job.status, job.attempt, job.progress]);
    const isNews = now !== mark;
    const history = job && isNews ? await functions.getJobHistory(jobId) : [];
    // A resync happened since: the answer is too old, and another fetch follows.
    if (held !== before) return;
    mark = now;
    if (!job || (isNews && history.length === 0)) {
      end(told.size > 0 ? undefined : new ClientError('JOB_NOT_FOUND', 'No job has this id', { status: 404 }));
      return;
    }
    const past = eventsOf(job, history);
    const counts: Record<string, number> = {};
    const rest = held ?? [];
    held = undefined;
    for (const event of past) {
      const key = keyOf(event);
      counts[key] = (counts[key] ?? 0) + 1;
      // Live events before the same event go before it.
      const same = rest.findIndex((one) => keyOf(one) === key);
      for (const earlier of rest.splice(0, same + 1).slice(0, -1)) tell(earlier);
      tell(event, counts[key]);
    }
    if (job.status === 'processing' && job.progress) tell(eventOf(job));
    for (const event of rest) tell(event);
    endAfter();
  };

  const resync = (): void => {
    held = [...(held ?? [])];
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
      if (value || !error) return { value, done: !value } as Next;
      why = undefined;
      throw error;
    },
    return: () => {
      events.length = 0;
      end();
      why = undefined;
      return follow.next();
    },
  };
  return follow;
}
