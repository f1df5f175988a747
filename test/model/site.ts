// The real thing beside the model: a site on one database, its processes one after the other, and a client that receives its events.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JobsHost } from '@phraseworks/jobs';
import { systemClock } from '@phraseworks/jobs/internals/base';
import type { Assembled } from '@phraseworks/jobs/internals/site';
import {
  definePlugin,
  discard,
  type Job,
  type JobResult,
  type Processor,
  type RunningJob,
  snooze,
} from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '../../testing/src/create-test-jobs.ts';
import { ManualClock, turn } from '../../testing/src/manual-clock.ts';
import { Ear } from './ear.ts';
import { Broken, GRACE, type Model, type ModelJob, type Run, SHORTER, SNOOZE } from './model.ts';
import { type Ending, PLUGIN_OF, PLUGINS, type Plugin, type Task, TYPES } from './operations.ts';

/** Real milliseconds for what should take no time at all. */
const PATIENCE = 10_000;
export const LEASE = 20_000;
export const LOOK = 5_000;
const POLL = 60_000;
export const CLEANUP = 60_000;
export const RETENTION = 5 * CLEANUP;
/** Plugins that only start: each start is a commit without an event. */
const IDLE = ['idle-1', 'idle-2', 'idle-3', 'idle-4'];

/** What a processor gets. */
type Data = Pick<Task, 'turns' | 'onSignal'> & { label?: number; edits?: number };

export const dataOf = ({ task: { label, turns, onSignal }, edits }: Pick<ModelJob, 'task' | 'edits'>): Data => ({
  label,
  turns,
  onSignal,
  ...(edits > 0 ? { edits } : {}),
});

/** An attempt whose processor waits for the sequence. */
interface Waiting {
  run: Run;
  end(how: Ending): void;
  progress(): Promise<void>;
}

/** A process. Its clock stops when it freezes. */
export interface Process {
  jobs: TestJobs;
  clock: ManualClock;
  server: Server;
  url: string;
  waiting: Set<Waiting>;
  frozen: boolean;
}

/** Real milliseconds between two looks at a lock are less. */
const SOON = 100;

/** What waits for the next turn of the event loop, or in real time for SQLite's lock: no clock of a process tells of it. */
class RealTime implements Disposable {
  turns = 0;
  looks = 0;
  readonly #before = { ...systemClock };

  constructor() {
    const { soon, after } = this.#before;
    systemClock.soon = (fn) => {
      this.turns += 1;
      soon(() => {
        this.turns -= 1;
        fn();
      });
    };
    systemClock.after = (ms, fn) => {
      if (ms >= SOON) return after(ms, fn);
      this.looks += 1;
      let isOver = false;
      const end = (): void => {
        if (!isOver) this.looks -= 1;
        isOver = true;
      };
      const cancel = after(ms, () => {
        end();
        fn();
      });
      return () => {
        end();
        cancel();
      };
    };
  }

  [Symbol.dispose](): void {
    Object.assign(systemClock, this.#before);
  }
}

export class Site {
  readonly #model: Model;
  readonly #database: string;
  readonly slots: number;
  readonly #processes = new Set<Process>();
  readonly ear = new Ear();
  /** Reads that were begun in the moment of an event. */
  readonly #looks = new Set<Promise<void>>();
  readonly #real = new RealTime();
  now!: Process;
  /** The host keeps the lock of SQLite. */
  isLocked = false;
  /** Processes so far. */
  started = 0;

  constructor(model: Model, database: string, slots: number) {
    this.#model = model;
    this.#database = database;
    this.slots = slots;
  }

  get jobs(): TestJobs {
    return this.now.jobs;
  }

  get clock(): ManualClock {
    return this.now.clock;
  }

  get frozen(): Process[] {
    return [...this.#processes].filter(({ frozen }) => frozen);
  }

  /** A process starts, now or at this time. */
  async start(at?: number): Promise<void> {
    const clock = new ManualClock(at);
    const waiting = new Set<Waiting>();
    const process: Partial<Process> = { clock, waiting, frozen: false };
    const jobs = await createTestJobs({
      database: this.#database,
      clock,
      leaseDuration: LEASE,
      queue: {
        maxConcurrentJobs: this.slots,
        sweepInterval: LOOK,
        pollInterval: POLL,
        cleanupInterval: CLEANUP,
        retentionPeriod: RETENTION,
      },
      plugins: this.#plugins(process as Process),
      start: false,
    });
    this.#listen(jobs, process);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    jobs.attachWebSocket(server);
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/jobs/ws`;
    this.now = Object.assign(process, { jobs, server, url }) as Process;
    this.#processes.add(this.now);
    this.started += 1;
    await jobs.start();
    await this.settled();
  }

  /** All attempts are released. */
  async stop(process = this.now): Promise<void> {
    await this.during(process.jobs.stop({ timeout: 0 }), process.clock);
    await new Promise((resolve) => process.server.close(resolve));
    this.#processes.delete(process);
  }

  /** Time passes until the work is done: what ignores its signal is given up meanwhile. */
  async during<T>(work: Promise<T>, clock = this.clock): Promise<T> {
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    for (let n = 0; n < 20; n += 1) {
      await this.settled();
      if (isOver) return over;
      await this.advance(500, clock);
    }
    throw new Broken('a stop of a process or a plugin does not end');
  }

  /** The process stands still, as one that swaps or whose machine is gone. */
  async freeze(): Promise<void> {
    this.now.frozen = true;
    await this.ear.disconnect();
  }

  /** The event loop has nothing to do, and no statement is under way. */
  async settled(): Promise<void> {
    const end = performance.now() + PATIENCE;
    const open = [...this.#processes];
    const isBusy = (): boolean =>
      this.#looks.size > 0 ||
      this.#real.turns > 0 ||
      (this.#real.looks > 0 && !this.isLocked) ||
      open.some(({ jobs }) => inFlight(jobs) > 0);
    for (let quiet = 0; quiet < 2; ) {
      await turn(1);
      quiet = isBusy() ? 0 : quiet + 1;
      if (performance.now() > end) throw new Broken('the job system does not come to rest');
    }
  }

  /** Time passes. */
  async advance(ms: number, clock = this.clock): Promise<void> {
    await clock.advance(ms, async () => {
      await this.settled();
      this.#model.catchUp(clock.steady(), clock.now());
    });
  }

  #plugins(process: Process) {
    const ofTypes = (name: Plugin) =>
      definePlugin({
        name,
        init: (ctx) => {
          for (const type of TYPES)
            if (PLUGIN_OF[type] === name)
              ctx.registerProcessor(type, this.#processor(process), type === 'solo' ? { concurrency: 1 } : {});
        },
      });
    const all = [...PLUGINS.map(ofTypes), ...IDLE.map((name) => definePlugin({ name, init: () => {} }))];
    return Object.fromEntries(all.map((plugin) => [plugin.name, { use: plugin }]));
  }

  #processor(process: Process): Processor {
    const model = this.#model;
    return async (data: Data, id, attempt, job) => {
      // What was frozen may hold a claim that has run out, or take one that it should leave to others: it does nothing with it.
      if (process.frozen) await new Promise((_, reject) => job.signal.addEventListener('abort', reject));
      const now = () => process.clock.now();
      const known = data.label === undefined ? model.byId(id) : model.jobs.get(data.label);
      const it = known ?? model.meet(id, now());
      it.id ??= id;
      const turnNow = data.turns?.[it.begun] ?? 'ok';
      const run = model.begin(it, attempt, now(), process.clock.steady());
      job.signal.addEventListener('abort', () => {
        run.why = job.signal.reason.why;
        if (data.onSignal === 'ignore') run.giveUpAt = process.clock.steady() + (SHORTER[run.why ?? ''] ?? GRACE);
      });
      let how = turnNow as Ending;
      if (turnNow === 'hold') {
        const waiting = {} as Waiting;
        how = await new Promise<Ending>((end) => {
          Object.assign(waiting, { run, end, progress: () => job.progress({ percentage: 50 }) });
          process.waiting.add(waiting);
          if (data.onSignal === 'ignore') return;
          const { onSignal } = data;
          job.signal.addEventListener('abort', () => end(onSignal));
        });
        process.waiting.delete(waiting);
      }
      if (how === 'once') how = await effectOf(job, it);
      model.end(run, how, now());
      return answerOf(how, it.task.label) as JobResult;
    };
  }

  /** At the moment of an event, everybody must find what it says. */
  #listen(jobs: TestJobs, process: Partial<Process>): void {
    const look = (id: string, isSo: (job: Job | null) => boolean, what: string): void => {
      // A process that was frozen receives events from long ago.
      if (process.frozen) return;
      const done = jobs.getJobStatus(id).then((job) => {
        if (!isSo(job)) this.#model.broken ??= new Broken(`${what}, and the database says ${job?.status ?? 'nothing'}`);
      });
      const forget = done.finally(() => this.#looks.delete(forget));
      this.#looks.add(forget);
    };
    jobs.addAction('job:added', ({ jobId }) => look(jobId, (job) => job !== null, 'job_added was heard'));
    for (const event of ['job:completed', 'job:failed', 'job:cancelled'] as const)
      jobs.addAction(event, ({ jobId, attempt }) =>
        look(jobId, (job) => job?.status !== 'processing' || job.attempt !== attempt, `${event} was heard`),
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ear.disconnect();
    for (const process of [...this.#processes]) {
      for (const { run } of process.waiting) run.over = true;
      await this.stop(process).catch(() => {});
    }
    this.#real[Symbol.dispose]();
  }
}

/** Statements under way. The one thing that is asked past the front door: when to look. */
const inFlight = (jobs: JobsHost): number => (jobs as Assembled).internals.core.ledger.dialect.inFlight;

/** It happens once, however often the attempt is repeated. An attempt whose signal has fired may not begin it. */
async function effectOf(job: RunningJob, it: ModelJob): Promise<Ending> {
  try {
    await job.once('effect', () => {
      it.effects += 1;
    });
    return 'once';
  } catch {
    return 'throw';
  }
}

function answerOf(how: Ending, label: number): unknown {
  switch (how) {
    case 'ok':
      return { success: true, result: { label } };
    case 'fail':
      return { success: false, error: 'no' };
    case 'soon':
    case 'once':
      return { success: false, error: 'not yet', retryDelay: 0 };
    case 'throw':
      throw new Error('thrown');
    case 'fatal':
      return { success: false, error: 'never', retryable: false };
    case 'discard':
      return discard('not needed');
    case 'snooze':
      return snooze(SNOOZE);
    case 'odd':
      return snooze(Number.NaN);
  }
}
