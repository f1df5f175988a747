// A core for tests: a real database, a clock that only moves when a test says so, and every event in a list.
import type { JobEvent, JobEventName, NewJob, Processor, ProcessorOptions } from '@phraseworks/sdk';
import { ManualClock } from '../../testing/src/manual-clock.ts';
import { onMysql, settled, testDatabase } from '../../testing/src/test-database.ts';
import { type Core, createCore } from '../src/core.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../src/kernel/clock.ts';
import { type QueueSettings, resolveSettings } from '../src/kernel/config.ts';
import { Ids } from '../src/kernel/id.ts';
import { createLogger } from '../src/kernel/logger.ts';
import type { Dialect } from '../src/store/dialect.ts';
import { openDatabase } from '../src/store/open.ts';

export interface CoreKitOptions {
  /** A file, so that a second core can open it, too; in memory by default. */
  path?: string;
  clock?: Clock;
  /** Also below the limits of the configuration. */
  queue?: Partial<QueueSettings>;
  /** What filters make of a job before it is checked. */
  beforeAdd?: (job: NewJob) => Promise<NewJob>;
  /** Wraps the database before the core gets it. */
  wrap?: (dialect: Dialect) => Dialect;
}

/** The URL of a database for each name that tests use instead of a file. */
const named = new Map<string, Promise<string>>();

/** The stand-in for a SQLite file: the same name is the same database, also on a server. */
function databaseNamed(path: string): Promise<string> {
  if (!onMysql()) return Promise.resolve(`sqlite:${path}`);
  const known = named.get(path) ?? testDatabase();
  named.set(path, known);
  return known;
}

/** A database on its own, up to date; with a path one that can be opened again. */
export async function openTestDatabase(path?: string): Promise<Dialect> {
  const url = path === undefined ? await testDatabase() : await databaseNamed(path);
  return openDatabase(url, systemClock, systemRandom);
}

export class CoreKit {
  readonly core: Core;
  readonly dialect: Dialect;
  readonly events: JobEvent[] = [];
  readonly logged: string[];
  readonly #clock: Clock;
  #open = true;

  constructor(core: Core, dialect: Dialect, clock: Clock, logged: string[]) {
    this.core = core;
    this.dialect = dialect;
    this.logged = logged;
    this.#clock = clock;
    core.ledger.feed.onCommit((events) => this.events.push(...events.map(({ event }) => event)));
  }

  /** The clock, where it is a manual one. */
  get clock(): ManualClock {
    return this.#clock as ManualClock;
  }

  register(
    type: string,
    processor: Processor,
    options: ProcessorOptions = {},
    plugin: string | null = null,
  ): () => unknown {
    if (plugin !== null) this.core.registry.setPlugin(plugin, 'on');
    return this.core.registry.register({ type, plugin, processor, options, enter: (fn) => fn() });
  }

  /** Adds a job of the application; answers its id. */
  async add(job: NewJob): Promise<string> {
    return (await this.core.queue.add(job, { plugin: null })).id;
  }

  /** The row of a job; throws without one. */
  async row(id: string) {
    return this.dialect.reader.selectFrom('pwj_jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  }

  async state(id: string): Promise<string> {
    return (await this.row(id)).state;
  }

  /** Resolves with the next event of this name, of this job where one is named. */
  next(name: JobEventName, jobId?: string): Promise<JobEvent> {
    return new Promise((resolve) => {
      const stop = this.core.ledger.feed.onCommit((events) => {
        const found = events.find(
          ({ event }) => event.event === name && (jobId === undefined || event.jobId === jobId),
        );
        if (!found) return;
        void stop();
        resolve(found.event);
      });
    });
  }

  /** The names of a job's events so far. */
  eventsOf(jobId: string): string[] {
    return this.events.filter((event) => event.jobId === jobId).map((event) => event.event);
  }

  /** Lets everything that is ready to run do so. */
  idle(): Promise<void> {
    return settled(this.dialect, 24);
  }

  /** Forgets the core as a killed process would: nothing is put back, its timers never fire. */
  async abandon(): Promise<void> {
    this.#open = false;
    await this.dialect.close();
  }

  /** Stops the worker; what still runs after `timeout` ms is put back. */
  async stop(timeout = 0): Promise<void> {
    const stopped = this.core.stopWorker(timeout);
    if (this.#clock instanceof ManualClock) await this.#clock.advance(timeout + 10_000);
    await stopped;
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    await this.stop();
    this.#open = false;
    await this.core.close();
  }
}

/** Opens the core; its worker does not run until `core.startWorker()`. */
export async function openCore(options: CoreKitOptions = {}): Promise<CoreKit> {
  const clock = options.clock ?? new ManualClock();
  const random: Random = { fraction: () => 0, bytes: systemRandom.bytes };
  const settings = resolveSettings({});
  const logged: string[] = [];
  const dialect = await openTestDatabase(options.path);
  const core = await createCore({
    dialect: options.wrap?.(dialect) ?? dialect,
    settings: {
      ...settings,
      queue: {
        ...settings.queue,
        maxQueueSize: 1_000_000,
        maxDelayedJobs: 1_000_000,
        pollInterval: 500,
        ...options.queue,
      },
    },
    clock,
    random,
    ids: new Ids(clock, random),
    log: createLogger('debug', (line) => logged.push(line)),
  });
  const { beforeAdd } = options;
  const owner = { place: 0, enter: <R>(fn: () => R) => fn(), charge: () => {} };
  if (beforeAdd) core.hooks.addFilter('job:before-add', beforeAdd as (job: unknown) => unknown, {}, owner);
  const kit = new CoreKit(core, dialect, clock, logged);
  if (clock instanceof ManualClock) clock.onTurn(() => settled(dialect, 5));
  await core.open();
  return kit;
}
