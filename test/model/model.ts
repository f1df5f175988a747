// What outsiders may see of the job system, as a model without a database: the truth that every run is compared with. Pure: times come in.
import type { JobState } from '@phraseworks/sdk';
import { type Ending, PLUGIN_OF, type Plugin, PRIORITIES, SCHEDULED, type Task, type Type } from './operations.ts';

/** A promise that was not kept. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** Milliseconds that a processor may run on after its signal. */
export const GRACE = 2_000;
/** The same where a plugin is switched off, and where a process stops without any time. */
export const SHORTER: Record<string, number | undefined> = { disabled: 250, shutdown: 0 };
export const SNOOZE = 1_000;
const MINUTE = 60_000;

type State = 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled';

/** One attempt, as its processor noted it. */
export interface Run {
  readonly job: ModelJob;
  /** Why its signal fired. */
  why: string | null;
  /** When it is given up, by the steady clock: its processor ignores the signal. */
  giveUpAt: number;
  /** It ended, was given up, or its process was. */
  over: boolean;
}

/** How a job was added. */
export type Way = 'call' | 'http';

export interface ModelJob {
  readonly way: Way;
  readonly task: Task;
  id: string | null;
  state: State;
  /** When it may run; 0: since it was added. */
  dueAt: number;
  attempt: number;
  /** Attempts that began since it was added or put back: the position in its turns. */
  begun: number;
  /** Attempts that the job system must have recorded. */
  recorded: number;
  /** A process claimed it in advance, or died or froze around it: what was recorded then depends on the moment. */
  unsure: boolean;
  /** It was claimed in advance at the last rest. */
  claimed: boolean;
  /** How often its effect happened since it was added or put back. */
  effects: number;
  /** It was cancelled while it ran, and its attempt has not ended. */
  ending: boolean;
  /** Its process was abandoned; it comes back when its lease runs out. */
  lost: boolean;
  /** How often its process was. */
  crashes: number;
  /** How often its data was edited; part of the data. */
  edits: number;
  finishedAt: number;
}

export interface Planned {
  paused: boolean;
  /** From this minute on each must. */
  since: number;
}

const TICKED: Omit<Task, 'label' | 'type'> = {
  priority: 'normal',
  turns: [],
  onSignal: 'ok',
  maxRetries: 3,
  retryDelay: 5_000,
};

export const isFinal = ({ state }: Pick<ModelJob, 'state'>): boolean => state !== 'waiting' && state !== 'running';
const rank = ({ task }: ModelJob): number => PRIORITIES.indexOf(task.priority);
/** `a` goes first. */
const goesFirst = (a: ModelJob, b: ModelJob): boolean =>
  rank(a) !== rank(b) ? rank(a) < rank(b) : (a.id ?? '') < (b.id ?? '');

export class Model {
  readonly jobs = new Map<number, ModelJob>();
  readonly off = new Set<Plugin>();
  readonly paused = new Set<Type>();
  schedule: Planned | null = null;
  /** Minutes for which the schedule has added a job, also before it was removed. */
  readonly fired = new Set<number>();
  /** Until then, by the steady clock, jobs may be late: the clock was set anew. */
  unsureUntil = 0;
  /** The clock went back at some time. */
  wasSetBack = false;
  /** Milliseconds by which leases that were not renewed since end later: the clock went back at `at`, by the steady clock. */
  setBack = { by: 0, at: 0 };
  /** Jobs that finished before may have been removed. */
  expired = 0;
  readonly runs = new Set<Run>();
  /** The first promise that was not kept inside a processor. */
  broken: Broken | null = null;
  /** Jobs of schedules so far. */
  #met = 0;
  /** Jobs that no step added. */
  readonly #unexplained = new Set<ModelJob>();
  /** Jobs that waited in line at the last rest, by type. */
  #line = new Map<Type, ModelJob[]>();

  /** Callers over HTTP have keys of their own. */
  byKey(key: string, way: Way): ModelJob | undefined {
    return [...this.jobs.values()].find((job) => job.task.key === key && job.way === way);
  }

  byId(id: string): ModelJob | undefined {
    return [...this.jobs.values()].find((job) => job.id === id);
  }

  isHeld(type: Type): boolean {
    return this.paused.has(type) || this.off.has(PLUGIN_OF[type]);
  }

  /** By itself, or since its jobs are paused. */
  get isSchedulePaused(): boolean {
    return this.schedule?.paused === true || this.paused.has(SCHEDULED);
  }

  add(task: Task, now: number, way: Way = 'call'): ModelJob {
    const job: ModelJob = {
      task,
      way,
      id: null,
      state: 'waiting',
      dueAt: task.delay ? now + task.delay : 0,
      attempt: 0,
      begun: 0,
      recorded: 0,
      unsure: false,
      claimed: false,
      effects: 0,
      ending: false,
      lost: false,
      crashes: 0,
      edits: 0,
      finishedAt: 0,
    };
    this.jobs.set(task.label, job);
    return job;
  }

  /** What is due stays due when the clock goes back. */
  keepDue(now: number): void {
    for (const job of this.jobs.values()) if (job.dueAt <= now) job.dueAt = 0;
  }

  /** A job that a schedule added; labels below 0 are theirs. */
  meet(id: string, at: number): ModelJob {
    this.#met += 1;
    const job = this.add({ ...TICKED, label: -this.#met, type: SCHEDULED }, at);
    job.id = id;
    this.#unexplained.add(job);
    return job;
  }

  /** The schedule was run outside its times. */
  ranBeside(id: string, at: number): void {
    this.#unexplained.delete(this.byId(id) ?? this.meet(id, at));
  }

  /** Each other job that is there by itself belongs to a minute of the schedule, which has no other one. */
  explain(addedAt: (job: ModelJob) => number | undefined): void {
    for (const job of this.#unexplained) {
      const at = addedAt(job);
      // It came, ended and was removed meanwhile.
      if (at === undefined) continue;
      const added = Math.floor(at / MINUTE);
      if (!this.schedule || this.isSchedulePaused)
        this.#break(`a schedule that is ${this.schedule ? 'paused' : 'removed'} added a job`);
      // The clock may have moved on before the job was added.
      const minute = [0, 1, 2, 3].map((late) => added - late).find((each) => !this.fired.has(each));
      if (minute === undefined) this.#break('a schedule added two jobs for one minute');
      else this.fired.add(minute);
    }
    this.#unexplained.clear();
  }

  /** A processor was called. */
  begin(job: ModelJob, attempt: number, now: number, steady: number): Run {
    const what = `job ${job.task.label} (${job.task.type})`;
    this.catchUp(steady, now);
    if (job.lost) this.rescue(job);
    if (job.state !== 'waiting') this.#break(`${what} started while it was ${job.state}`);
    else if (job.dueAt > now) this.#break(`${what} started ${job.dueAt - now} ms too early`);
    else if (attempt !== job.attempt + 1) this.#break(`${what} started attempt ${attempt} after ${job.attempt}`);
    else if (this.isHeld(job.task.type)) this.#break(`${what} started while its type was held`);
    if ([...this.runs].some((run) => run.job === job && !run.over)) this.#break(`${what} runs twice at the same time`);
    const line = this.#line.get(job.task.type) ?? [];
    const first = line.includes(job) && line.find((other) => other.state === 'waiting' && goesFirst(other, job));
    if (first && first !== job) this.#break(`${what} started before job ${first.task.label}, which goes first`);
    this.#line.set(
      job.task.type,
      line.filter((other) => other !== job),
    );
    job.state = 'running';
    job.attempt += 1;
    job.begun += 1;
    const run: Run = { job, why: null, giveUpAt: Number.POSITIVE_INFINITY, over: false };
    this.runs.add(run);
    return run;
  }

  /** Its processor ends, or is given up (`how` is null). */
  end(run: Run, how: Ending | null, now: number): void {
    if (run.over) return;
    run.over = true;
    this.runs.delete(run);
    const { job } = run;
    const ended = how === 'once' ? 'soon' : how;
    const succeeded = ended === 'ok';
    const isReleased = run.why !== null && run.why !== 'timeout' && run.why !== 'cancel' && !succeeded;
    if (!isReleased) job.recorded += 1;
    if (job.state !== 'running') {
      job.ending = false;
      return;
    }
    if (isReleased) this.#wait(job, 0, true);
    else if (succeeded) this.#finish(job, 'completed', now);
    else if (run.why === 'timeout' || ended === null) this.#fail(job, now, job.task.retryDelay);
    else if (ended === 'discard') this.#finish(job, 'cancelled', now);
    else if (ended === 'fatal') this.#finish(job, 'failed', now);
    else if (ended === 'snooze') this.#wait(job, now + SNOOZE, true);
    else this.#fail(job, now, ended === 'soon' ? 0 : job.task.retryDelay);
  }

  #fail(job: ModelJob, now: number, delay: number): void {
    if (job.attempt > job.task.maxRetries) this.#finish(job, 'failed', now);
    else this.#wait(job, now + delay, false);
  }

  #wait(job: ModelJob, dueAt: number, isFree: boolean): void {
    job.state = 'waiting';
    job.dueAt = dueAt;
    if (isFree) job.attempt -= 1;
  }

  #finish(job: ModelJob, state: State, now: number): void {
    job.state = state;
    job.finishedAt = now;
  }

  /** Attempts whose processor ignored its signal are given up. */
  catchUp(steady: number, now: number): void {
    for (const run of [...this.runs]) if (run.giveUpAt <= steady) this.end(run, null, now);
  }

  /** False if it has ended. */
  cancel(job: ModelJob, now: number): boolean {
    if (isFinal(job)) return false;
    job.ending = job.state === 'running';
    job.unsure ||= job.claimed && job.state === 'waiting';
    this.#finish(job, 'cancelled', now);
    return true;
  }

  mayRetry(job: ModelJob): boolean {
    return isFinal(job) && !job.ending && !this.isHeld(job.task.type);
  }

  retry(job: ModelJob): void {
    this.#wait(job, 0, false);
    job.attempt = 0;
    job.begun = 0;
    job.effects = 0;
    job.crashes = 0;
  }

  mayDelete(job: ModelJob): boolean {
    return job.state !== 'running' && !job.ending;
  }

  delete(job: ModelJob): void {
    this.jobs.delete(job.task.label);
  }

  switchOff(plugin: Plugin): void {
    this.off.add(plugin);
  }

  /** The process died: its attempts count no more, its jobs come back when their leases run out. */
  abandon(): void {
    for (const run of this.runs) {
      run.over = true;
      run.job.unsure = true;
      if (run.job.state === 'running') run.job.lost = true;
    }
    this.runs.clear();
    for (const job of this.jobs.values()) if (job.state === 'waiting') job.unsure = true;
  }

  rescue(job: ModelJob): void {
    job.lost = false;
    job.crashes += 1;
    this.#wait(job, 0, true);
  }

  /** All leases of abandoned processes have run out. */
  leasesAreOver(): void {
    for (const job of this.jobs.values()) {
      job.ending &&= [...this.runs].some((run) => run.job === job);
      if (job.lost) this.rescue(job);
    }
  }

  /** May it start now? */
  isReady(job: ModelJob, now: number): boolean {
    return job.state === 'waiting' && job.dueAt <= now && !this.isHeld(job.task.type);
  }

  /** The states that the job may show. */
  shown(job: ModelJob): readonly JobState[] {
    if (job.state === 'running') return ['processing'];
    if (job.state !== 'waiting') return [job.state];
    return [this.isHeld(job.task.type) ? 'parked' : 'pending'];
  }

  /** All is at rest: remembers who waits in line. */
  rest(now: number, steady: number, isClaimed: (job: ModelJob) => boolean): void {
    this.#line = new Map();
    // A job that the clock made due when it was set anew gets into the line with the next look.
    const latest = steady < this.unsureUntil ? 0 : now;
    for (const job of this.jobs.values()) {
      job.claimed = isClaimed(job);
      if (job.state !== 'waiting' || job.dueAt > latest || job.claimed) continue;
      this.#line.set(job.task.type, [...(this.#line.get(job.task.type) ?? []), job]);
    }
  }

  #break(what: string): void {
    this.broken ??= new Broken(what);
  }
}
