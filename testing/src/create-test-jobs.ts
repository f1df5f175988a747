// A whole instance for tests: in memory, on a clock that the test moves, with three users to send requests as.

import type { Authorize, JobsHost, JobsOptions } from '@phraseworks/jobs';
import { createLogger, isFinal, systemClock, systemRandom } from '@phraseworks/jobs/internals/base';
import { assemble, TABLES } from '@phraseworks/jobs/internals/site';
import type {
  AddJobOptions,
  Attempt,
  Job,
  JobEvent,
  JobTypes,
  LogLine,
  NewJob,
  Progress,
  Schemas,
} from '@phraseworks/sdk';
import type { AddedData, DataOf, JobDefinition, Named, ResultFrom, ResultOf } from '@phraseworks/sdk/host';
import { Hono } from 'hono';
import { footprintOf } from './footprint.ts';
import { ManualClock } from './manual-clock.ts';
import { settled, testDatabase } from './test-database.ts';

/** Real milliseconds that `idle()` waits for jobs that do real work. */
const PATIENCE = 15_000;
/** Real milliseconds for `init`: less than a test has, so that the test ends with the reason. */
export const INIT_LIMIT = 4_000;
const AS = 'x-test-as';

export type TestUser = 'admin' | 'user' | 'anonymous';

/** What `createJobs()` returns, on a database of its own in memory, and what a test needs beside that. */
export interface TestJobs extends JobsHost {
  /** The clock of the instance: it starts on 1 January 2026. */
  readonly clock: ManualClock;
  /** Every event so far, in order. */
  readonly events: readonly JobEvent[];
  /** Lines of the log. */
  readonly log: readonly string[];
  /** Runs everything that is due; throws when something still runs after 15 real seconds. */
  idle(): Promise<void>;
  /** Moves the clock: schedules fire, delays and retries end, and what they start runs. It waits for jobs that run, except those of `running()`. */
  advance(ms: number): Promise<void>;
  /** Resolves when this job runs; from then on `advance()` moves the clock while this attempt runs. */
  running(jobId: string): Promise<void>;
  /** Adds a job and waits for the end of its first attempt. */
  perform<const T extends Named<T, JobTypes>>(
    type: T,
    data: DataOf<T>,
    options?: AddJobOptions,
  ): Promise<Performed<ResultOf<T>>>;
  /** The same for a value of `defineJob()`. */
  perform<T extends string, S extends Schemas, RS extends Schemas>(
    job: JobDefinition<T, S, RS>,
    data: NoInfer<AddedData<S>>,
    options?: AddJobOptions,
  ): Promise<Performed<ResultFrom<RS>>>;
  /**
   * The process dies and starts again: the attempts that run are lost, whatever their processors return, and their jobs are back in the queue.
   * Their signals fire, so that the code of the dead process ends; the clock moves by two seconds if it does not.
   */
  crash(): Promise<void>;
  /** Another process takes this running job over and dies: the signal of the attempt fires with `lost_lease`, and the job is back in the queue. */
  loseLease(jobId: string): Promise<void>;
  /** A request to the API, as an administrator unless said otherwise; the path counts from the mount point. */
  request(path: string, init?: RequestInit & { as?: TestUser }): Promise<Response>;
  /** Throws what `addJob` would throw, without adding the job. */
  check(job: NewJob): Promise<void>;
  /** Tables that are not the core's own. */
  pluginTables(): Promise<string[]>;
  /** What is registered at this moment, in all and per plugin. */
  footprint(): { plugins: Record<string, Record<string, number>>; total: Record<string, number> };
}

/** How the first attempt of a job ended. */
export interface Performed<R = unknown> {
  outcome: Attempt['outcome'];
  result: R | null;
  error: string | null;
  /** What the processor returned as `message`. */
  message: string | null;
  /** What it wrote with `job.log`. */
  logs: LogLine[];
  /** What it reported last. */
  progress: Progress | null;
  job: Job;
}

export interface TestOptions extends Omit<JobsOptions, 'authorize'> {
  /** Null: none, so that a plugin signs in. By default the users of `request()` have their rights. */
  authorize?: Authorize | null;
  /**
   * `stop` (default): throws the reason of a plugin that fails, also of one whose `init` takes longer than 4 real seconds.
   * `continue`, to test failures: the plugin is `failed` in `plugins.list()`, and the limit of `init` is 10 s of the test's clock.
   */
  onPluginFailure?: 'continue' | 'stop';
  clock?: ManualClock;
  /** Of every chance: 0 (default) to 1. */
  chance?: number;
  /** Values of the environment. */
  env?: Record<string, string>;
  /** Milliseconds; may be shorter than the settings allow. */
  leaseDuration?: number;
  /** False: jobs are stored and nothing runs. */
  start?: boolean;
}

/** With those of the plugins that createJobs() adds, and of its servers. */
const CORE_TABLES = new Set([...Object.keys(TABLES), 'pwj_files_uploads', 'pwj_lock']);

/** `user` may view and add, `admin` may do everything, `anonymous` nothing. */
const byHeader: Authorize = (c, action) => {
  const user = c.req.header(AS);
  if (user === 'admin') return { user };
  if (user === 'user') return action === 'view' || action === 'add' ? { user } : false;
  return null;
};

/** Throws `INVALID_CONFIG` if a plugin fails, unless `onPluginFailure` is `continue`. */
export async function createTestJobs(options: TestOptions = {}): Promise<TestJobs> {
  const {
    clock: given,
    chance = 0,
    env = {},
    leaseDuration = 3_600_000,
    start = true,
    authorize = byHeader,
    ...rest
  } = options;
  const { onPluginFailure = 'stop' } = rest;
  const clock = given ?? new ManualClock();
  // While this function waits for a plugin, only the test that passed the clock can move it.
  const isRealTime = onPluginFailure === 'stop' || given === undefined;
  const log: string[] = [];
  const events: JobEvent[] = [];
  const host = await assemble(
    {
      database: await testDatabase(),
      ...(authorize ? { authorize } : {}),
      log: createLogger('debug', (line) => log.push(line)),
      publicUrl: 'http://localhost/jobs',
      ...rest,
      onPluginFailure,
      // Housekeeping at its usual pace would make a week of the clock take minutes.
      queue: { sweepInterval: 600_000, pollInterval: 3_600_000, ...rest.queue },
    },
    {
      clock,
      random: { fraction: () => chance, bytes: systemRandom.bytes },
      env,
      leaseDuration,
      unknownTypes: 'refuse',
      ...(isRealTime ? { initLimit: { clock: systemClock, ms: INIT_LIMIT } } : {}),
    },
  );
  const { core } = host.internals;
  const { dialect } = core.ledger;
  let dirty = true;
  let lost = 0;
  core.ledger.feed.onCommit((batch) => {
    dirty = true;
    events.push(...batch.map(({ event }) => event));
  });
  if (start) await host.start();
  const app = new Hono();
  app.route('/jobs', host.routes);

  /** Attempts that `running()` has reported. */
  const reported = new WeakSet<object>();
  const until = async (isDone: () => boolean | Promise<boolean>, what: () => Promise<string>): Promise<void> => {
    const deadline = systemClock.now() + PATIENCE;
    while (!(await isDone())) {
      if (systemClock.now() > deadline) throw new Error(await what());
      await settled(dialect, 3);
    }
  };
  /** `left`: attempts that may go on running. */
  const quiet = async (left: (attempt: object) => boolean): Promise<void> => {
    do {
      dirty = false;
      // What a transaction of the host has committed, and a batch that has ended, are otherwise found by the clock.
      await core.wakeup.check();
      await core.batches.round();
      await settled(dialect, 3);
      await until(
        async () => {
          const counts = await core.reads.counts();
          const { heldBy } = await core.holds.now();
          const closed = new Set<string>();
          for (const { state, type } of counts)
            if (state === 'ready' && (await core.limitList.reached(type)) !== null) closed.add(type);
          const count = (wanted: string) =>
            counts.reduce((sum, { state, type, n }) => {
              const isOnHold = state === 'ready' && (heldBy(type) !== null || closed.has(type));
              return state === wanted && !isOnHold ? sum + Number(n) : sum;
            }, 0);
          return count('ready') === 0 && count('processing') <= core.worker.attempts.running.filter(left).length;
        },
        async () =>
          `Jobs still wait or run after ${PATIENCE} ms: ${await unfinished(host)}. If a job waits for the clock or for the test, await jobs.running(id) before you move the clock.`,
      );
    } while (dirty);
  };
  const idle = (): Promise<void> => quiet(() => false);

  /** Gives running jobs to a process that has died, and so back to the queue. */
  const lose = async (ids: readonly string[]): Promise<void> => {
    const attempts = core.worker.attempts.running.filter(({ id }) => ids.includes(id));
    await core.writes.committed();
    lost += 1;
    const node = `lost-${lost}`;
    await core.ledger.transact(async ({ db }) => {
      const mine = db.updateTable('pwj_jobs').set({ node }).where('node', '=', core.identity.node);
      if (ids.length > 0) await mine.where('state', '=', 'processing').where('id', 'in', ids).execute();
    });
    for (const attempt of attempts) core.worker.attempts.abort(attempt, 'lost_lease');
    await settled(dialect, 3);
    const runs = () => attempts.some((attempt) => core.worker.attempts.get(attempt.id) === attempt);
    for (let turns = 0; runs() && turns < 20; turns += 1) await settled(dialect, 3);
    if (runs()) await clock.advance(2_000, () => settled(dialect, 3));
    await core.rescue.ofEnded([node], 'died');
    await settled(dialect, 3);
  };

  return Object.assign(host, {
    clock,
    events,
    log,
    idle,
    advance: (ms: number) =>
      clock.advance(ms, async () => {
        await settled(dialect, 3);
        if (dirty) await quiet((attempt) => reported.has(attempt));
      }),
    running: async (jobId: string) => {
      await until(
        async () => core.worker.attempts.get(jobId) !== undefined || (await refuseEnded(host, jobId)),
        async () =>
          `The job ${jobId} did not start within ${PATIENCE} ms: ${(await host.why(jobId))?.why ?? 'it does not exist.'}`,
      );
      reported.add(core.worker.attempts.get(jobId) as object);
      await settled(dialect, 3);
    },
    perform: async (of: string | { type: string }, data: unknown, given: AddJobOptions = {}): Promise<never> => {
      const type = typeof of === 'string' ? of : of.type;
      const { id } = await host.addJob({ type, data, ...given });
      let first: Attempt | undefined;
      await until(
        async () => {
          first = (await host.getJobAttempts(id)).find(({ outcome }) => outcome !== 'running');
          return first !== undefined;
        },
        async () => `The job ${id} did not end within ${PATIENCE} ms: ${(await host.why(id))?.why}`,
      );
      const job = (await host.getJobStatus(id)) as Job;
      const { result, message, progress } = job;
      const { outcome, error } = first as Attempt;
      return { outcome, error, result, message, progress, logs: await host.getJobLogs(id), job } as never;
    },
    crash: () => lose(core.worker.attempts.running.map(({ id }) => id)),
    loseLease: async (jobId: string) => {
      if (!core.worker.attempts.get(jobId))
        throw new Error(`The job ${jobId} does not run: await jobs.running(id) first.`);
      await lose([jobId]);
    },
    request: async (path: string, { as = 'admin', ...init }: RequestInit & { as?: TestUser } = {}) => {
      const headers = new Headers(init.headers);
      if (as !== 'anonymous') headers.set(AS, as);
      return app.request(`/jobs${path}`, { ...init, headers });
    },
    check: async (job: NewJob) => void (await core.admission.check(job, '')),
    pluginTables: async () => {
      const tables = await core.ledger.dialect.db.introspection.getTables();
      return tables
        .map((table) => table.name)
        .filter((table) => !CORE_TABLES.has(table) && !table.startsWith('sqlite_'));
    },
    footprint: () => footprintOf(host.internals.site),
    [Symbol.asyncDispose]: async () => {
      const stopped = host.stop({ timeout: 0 });
      // A processor that ignores its signal is given up after a while of this clock.
      await clock.advance(10_000, () => settled(dialect, 5));
      await stopped;
    },
  });
}

async function unfinished(host: JobsHost): Promise<string> {
  const { jobs } = await host.listJobs({ status: ['pending', 'blocked', 'processing'], limit: 3 });
  return jobs.map((job) => `${job.type} ${job.id} (${job.status})`).join(', ');
}

/** A job that has ended does not start again by itself. Returns false for any other job. */
async function refuseEnded(host: JobsHost, jobId: string): Promise<false> {
  const job = await host.getJobStatus(jobId);
  if (!job) throw new Error(`The job ${jobId} does not exist.`);
  if (isFinal(job.status)) throw new Error(`The job ${jobId} does not run: it is ${job.status}.`);
  return false;
}
