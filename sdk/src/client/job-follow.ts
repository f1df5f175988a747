// Follows one job: every event from its first to its last, whatever happens to the connection.
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

/** Milliseconds after which a request without an answer is tried again. */
const RETRY = 2_000;
/** The same event within so many milliseconds is one that the history had already: times in the history differ a little from those sent. */
const ECHO = 2_000;
const FINAL: unknown[] = ['completed', 'failed', 'cancelled'];

const keyOf = ({ event, attempt }: JobEvent): string => event + attempt;

export function jobFollow(jobId: string, { functions, checkInterval, ended }: JobFollowDeps): Follower & JobEvents {
  /** By event and attempt: how often it was reported, and the time of the last one reported from a history. */
  const told = new Map<string, { count: number; last: number }>();
  /** Not taken yet. */
  const events: JobEvent[] = [];
  /** Those who wait for one. */
  const waiting: (() => void)[] = [];
  /** Live events that wait until what came before them is known. */
  let held: JobEvent[] | undefined = [];
  let shown = '';
  let latest: JobEvent | undefined;
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

  /** An entry of a history has a number among those of its kind, and is new when fewer were told. What comes live is new, but for echoes. */
  const tell = (event: JobEvent, nth = 0): void => {
    if (isOver) return;
    const { attempt, at, progress } = event;
    if (progress) {
      const text = attempt + JSON.stringify(progress);
      // It came late: the attempt is over, and the history has told so.
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

  /** An end that was not told is an echo, or came within the time of one: the history knows. */
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

  /** One after the other: an answer that is on its way may not include the newest event. */
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
      // What came live before the same event has its place before it.
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
