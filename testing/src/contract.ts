// The suite that every plugin should pass. Each check answers problems, each with words that say what to change.

import { isFinal, systemClock } from '@phraseworks/jobs/internals/base';
import { tablePrefix } from '@phraseworks/jobs/internals/core';
import type { Assembled } from '@phraseworks/jobs/internals/site';
import {
  type AnyPlugin,
  isUpload,
  type Job,
  type PluginContext,
  type PluginDefinition,
  type Processor,
} from '@phraseworks/sdk';
import { MASK } from '@phraseworks/sdk/secrets';
import { describe, expect, test } from 'vitest';
import { createTestJobs, INIT_LIMIT, type TestJobs, type TestOptions } from './create-test-jobs.ts';
import { Leftovers } from './leftovers.ts';
import { ManualClock, turn } from './manual-clock.ts';
import { contents, watched } from './own-tables.ts';

export interface ContractOptions {
  config?: unknown;
  /** Plugins that it needs, by name. */
  with?: Record<string, AnyPlugin>;
  /** Other options of the instances, such as `storage` in a temporary folder or fakes in `services`. */
  host?: Omit<TestOptions, 'plugins'>;
  /** Types whose examples cannot run here, each with the reason: `{ charge: 'needs the payment provider' }`. */
  leaveOut?: Record<string, string>;
}

const NAME = 'subject';
/** Real milliseconds that a processor has to end after its signal: as long as a worker waits. */
const GRACE = 2_000;
/** Real milliseconds that an example may take. */
const PATIENCE = 10_000;
/** Real milliseconds for a check: it runs every example several times, and vitest allows 5 s by default. */
const TEST_LIMIT = 120_000;
/** Jobs that examples may cause after they have ended. */
const MOST_JOBS = 100;
/** Shorter secrets stand in texts by accident. */
const SHORTEST_SECRET = 6;

/** Registers the suite with vitest: `pluginContract(plugin)` at the top of a test file. */
export function pluginContract(plugin: AnyPlugin, options: ContractOptions = {}): void {
  describe(`the plugin contract: ${plugin.name ?? NAME}`, () => {
    for (const title of CHECKS.keys())
      test(title, { timeout: TEST_LIMIT }, async () => {
        const problems = await contractProblems(plugin, title, options);
        if (problems.length > 0) expect.fail(problems.join('\n'));
      });
  });
}

/** What one check finds. */
export async function contractProblems(
  plugin: AnyPlugin,
  title: string,
  options: ContractOptions = {},
): Promise<string[]> {
  const check = CHECKS.get(title);
  if (!check) throw new Error(`The contract has no check "${title}".`);
  const subject = new Subject(plugin, options);
  using uncaught = new Uncaught();
  const found = await check(subject);
  await turn(2);
  return [...new Set([...found, ...subject.foreign, ...uncaught.problems()])];
}

class Subject {
  readonly name: string;
  readonly plugin: PluginDefinition;
  readonly options: ContractOptions;
  /** Problems with what it wrote through `ctx.db`, in all instances. */
  readonly foreign: string[] = [];

  constructor(plugin: AnyPlugin, options: ContractOptions) {
    this.name = plugin.name ?? NAME;
    this.plugin = plugin as PluginDefinition;
    this.options = options;
  }

  async open(change: Partial<PluginDefinition> = {}): Promise<TestJobs & Assembled> {
    const { name, plugin, options } = this;
    const start = change.init ?? ((ctx: PluginContext) => plugin.init(ctx));
    // Keeps what a class gives its instances. The checks disable it, even where that needs a right elsewhere.
    const use: AnyPlugin = Object.assign(Object.create(Object.getPrototypeOf(plugin)), plugin, change, {
      alwaysOn: false,
      init: (ctx: PluginContext) => start(watched(ctx, this.#written)),
    });
    const clock = options.host?.clock ?? new ManualClock();
    const opening = createTestJobs({
      clock,
      onPluginFailure: 'continue',
      ...options.host,
      plugins: {
        ...Object.fromEntries(Object.entries(options.with ?? {}).map(([key, other]) => [key, { use: other }])),
        [name]: { use, ...(options.config === undefined ? {} : { config: options.config }) },
      },
    }) as Promise<TestJobs & Assembled>;
    const jobs = await ended(opening, clock, INIT_LIMIT);
    while ((await this.status(jobs))?.state === 'starting') await clock.advance(1_000, () => turn(3));
    return jobs;
  }

  /** False if the plugin took too long; it is off in any case. */
  async disable(jobs: TestJobs): Promise<boolean> {
    let isLate = false;
    await ended(jobs.plugins.disable(this.name, { running: 'abort' }), jobs.clock, GRACE, () => (isLate = true));
    return !isLate;
  }

  /** Runs each example once. */
  async runExamples(jobs: TestJobs & Assembled): Promise<void> {
    for (const { type, example } of this.types(jobs)) {
      const runs = new Runs(jobs, type);
      await addExample(jobs, type, example);
      await runs.ended(1);
    }
  }

  readonly #written = (table: string): void => {
    if (table.startsWith('pwj_') && !table.startsWith(tablePrefix(this.name)))
      this.foreign.push(
        `It changes the table ${table} through ctx.db: change jobs and schedules with the functions of ctx, and keep own data in tables that begin with ${tablePrefix(this.name)}.`,
      );
  };

  async status(jobs: TestJobs) {
    return (await jobs.plugins.list()).find(({ name }) => name === this.name);
  }

  /** Its types whose examples can run here. */
  types(jobs: TestJobs) {
    return jobs
      .types()
      .filter(({ plugin, type }) => plugin === this.name && !(type in (this.options.leaveOut ?? {})))
      .filter(({ example }) => example !== null && !JSON.stringify(example).includes('"upload"') && !isUpload(example));
  }

  /** Its tables, and those without a prefix of another plugin. */
  async tables(jobs: TestJobs): Promise<string[]> {
    const others = Object.keys(this.options.with ?? {}).map(tablePrefix);
    return (await jobs.pluginTables()).filter((table) => !others.some((prefix) => table.startsWith(prefix)));
  }
}

/** The outcome of `work`. If it takes longer than `patience`, real milliseconds, moves the clock: what hangs in a plugin then meets its limit. */
async function ended<T>(work: Promise<T>, clock: ManualClock, patience: number, late = () => {}): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  for (const began = systemClock.now(); !isOver; await turn(1)) {
    if (systemClock.now() - began <= patience) continue;
    late();
    await clock.advance(1_000, () => turn(3));
  }
  return work;
}

const UNCAUGHT = ['unhandledRejection', 'uncaughtException'] as const;

/** Errors that nothing caught, which otherwise only vitest reports, without the plugin that they belong to. */
class Uncaught {
  readonly #errors: unknown[] = [];
  readonly #others = UNCAUGHT.map((event) => [event, process.listeners(event as 'uncaughtException')] as const);
  readonly #hear = (error: unknown): void => void this.#errors.push(error);

  constructor() {
    for (const [event, listeners] of this.#others) {
      for (const listener of listeners) process.off(event, listener);
      process.on(event, this.#hear);
    }
  }

  problems(): string[] {
    return this.#errors.map(
      (error) => `Nothing caught this error of it: ${messageOf(error)}. Await the promise, or catch its error.`,
    );
  }

  [Symbol.dispose](): void {
    for (const [event, listeners] of this.#others) {
      process.off(event, this.#hear);
      for (const listener of listeners) process.on(event, listener);
    }
  }
}

type Check = (subject: Subject) => Promise<string[]>;

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['it starts with its config', comesOn],
  ['disabled and enabled again, it leaves nothing behind', leavesNothing],
  ['an init that fails at its end leaves nothing behind and affects no other plugin', failsAlone],
  ['its migrations can run twice', migratesTwice],
  ['its tables have its prefix and are dropped when it is purged', ownsItsTables],
  ['the example of each type passes its validation, and invalid data does not', checksItsData],
  ['its examples run, and its views of them can be shown', runsItsExamples],
  ['a job that runs again after a crash repeats no change', repeats],
  ['its processors end when their signals are aborted', hearsSignals],
]);

async function comesOn(subject: Subject): Promise<string[]> {
  await using jobs = await subject.open();
  const status = await subject.status(jobs);
  if (status?.state !== 'on') return [`It is "${status?.state}" instead of "on": ${status?.reason}`];
  const known = jobs.types().map(({ type }) => type);
  return (await jobs.schedules.list())
    .filter(({ plugin, type }) => plugin === subject.name && !known.includes(type))
    .map(
      ({ name, type }) =>
        `Its schedule "${name}" adds jobs of the type "${type}", which no plugin here has: correct the type, or name its plugin in \`with\`.`,
    );
}

async function leavesNothing(subject: Subject): Promise<string[]> {
  const { name } = subject;
  using leftovers = new Leftovers();
  await using jobs = await subject.open();
  // What it makes once with its first job does not count.
  await subject.runExamples(jobs);
  const problems: string[] = [];
  const schedules = async () => (await subject.status(jobs))?.schedules.toSorted().join(', ');
  // Timers are counted below: jobs that its examples have added may have some.
  const registered = () => JSON.stringify({ ...jobs.footprint().plugins[name], timers: undefined });
  const on = registered();
  const scheduled = await schedules();
  // Notes to other processes about the start wait for a moment.
  await jobs.advance(2_000);
  const timers = jobs.clock.pending;
  for (let n = 0; n < 3; n += 1) {
    if (n > 0) await subject.runExamples(jobs);
    if (!(await subject.disable(jobs)))
      return [
        `Disabling it takes more than ${GRACE / 1_000} s: let each function that it gives to ctx.onDisable() end, whatever it waits for.`,
      ];
    // Handles close a few turns of the event loop after the call that closes them.
    await turn(10);
    leftovers.endRound();
    const off = jobs.footprint().plugins[name];
    if (sum(off) > 0) problems.push(`When disabled, it is still registered with ${JSON.stringify(off)}.`);
    await jobs.plugins.enable(name);
    const again = registered();
    if (again !== on) problems.push(`Enabled again, it registers ${again} instead of ${on}.`);
    const now = await schedules();
    if (now !== scheduled)
      problems.push(
        `The names of its schedules change from start to start (${scheduled}, then ${now}): use fixed names, so that a schedule keeps its pause and its changes.`,
      );
    jobs.clock.jump(1);
  }
  await jobs.advance(2_000);
  if (jobs.clock.pending > timers)
    problems.push(
      `Disabled and enabled again, it has ${jobs.clock.pending - timers} more timers of ctx.clock than before.`,
    );
  return [...problems, ...leftovers.problems(), ...(await charged(subject, jobs))];
}

async function failsAlone(subject: Subject): Promise<string[]> {
  const { name, plugin } = subject;
  await using jobs = await subject.open({
    async init(ctx) {
      await plugin.init(ctx);
      throw new Error('failed on purpose');
    },
  });
  const problems: string[] = [];
  const state = (await subject.status(jobs))?.state;
  if (state !== 'failed') problems.push(`After an error in init() it is "${state}" instead of "failed".`);
  const left = jobs.footprint().plugins[name];
  if (sum(left) > 0) problems.push(`After an error in init() it is still registered with ${JSON.stringify(left)}.`);
  for (const other of await jobs.plugins.list())
    if (other.name !== name && other.state !== 'on')
      problems.push(`When its init() fails, the plugin "${other.name}" is "${other.state}": ${other.reason}`);
  return problems;
}

async function migratesTwice(subject: Subject): Promise<string[]> {
  const { migrations = {} } = subject.plugin;
  const problems: string[] = [];
  const twice = Object.entries(migrations).map(([step, migration]) => {
    const up: typeof migration.up = async (db) => {
      await migration.up(db);
      await migration.up(db).catch((error: unknown) => {
        problems.push(
          `The migration "${step}" cannot run twice (${messageOf(error)}): on MySQL and MariaDB a crash can interrupt it half-way. Use ifNotExists(), or look first.`,
        );
      });
    };
    return [step, { ...migration, up }] as const;
  });
  await using jobs = await subject.open({ migrations: Object.fromEntries(twice) });
  const status = await subject.status(jobs);
  if (status?.state !== 'on')
    problems.push(`With each migration run twice it is "${status?.state}": ${status?.reason}`);
  return problems;
}

async function ownsItsTables(subject: Subject): Promise<string[]> {
  const { name } = subject;
  const prefix = tablePrefix(name);
  await using jobs = await subject.open();
  const problems = (await subject.tables(jobs))
    .filter((table) => !table.startsWith(prefix))
    .map((table) => `Its table ${table} has a name outside its own: begin it with ${prefix}.`);
  await subject.disable(jobs);
  try {
    await jobs.plugins.purge(name);
  } catch (error) {
    return [...problems, `It cannot be purged (${messageOf(error)}): check the \`down\` of its migrations.`];
  }
  for (const table of await subject.tables(jobs))
    problems.push(
      `Its table ${table} is left after it was purged: create it in a migration and drop it in the migration's \`down\`.`,
    );
  await jobs.plugins.enable(name);
  const status = await subject.status(jobs);
  if (status?.state !== 'on')
    problems.push(`After a purge it is "${status?.state}" instead of "on": ${status?.reason}`);
  return problems;
}

/** A job that runs at once: if its type waits until its key is quiet, the clock is moved to then. */
async function addExample(jobs: TestJobs, type: string, data: unknown): Promise<Job> {
  const job = await jobs.addJob({ type, data, maxRetries: 0 });
  // biome-ignore lint/style/noRestrictedGlobals: it reads a time that is stored, and asks for none
  if (job.runAt !== null) await jobs.clock.advance(Date.parse(job.runAt) - jobs.clock.now(), () => turn(3));
  return job;
}

async function checksItsData(subject: Subject): Promise<string[]> {
  await using jobs = await subject.open();
  const problems: string[] = [];
  const refusal = (type: string, data: unknown) =>
    jobs.check({ type, data }).then(
      () => undefined,
      (error: { code?: string }) => error,
    );
  for (const { type, example } of subject.types(jobs)) {
    const refused = await refusal(type, example);
    if (refused) problems.push(`The type "${type}" refuses its own example: ${messageOf(refused)}`);
  }
  for (const { type, plugin, schema } of jobs.types())
    if (plugin === subject.name && schema && (await refusal(type, 'nonsense'))?.code !== 'INVALID_DATA')
      problems.push(`The type "${type}" accepts the text "nonsense" as its data: let its schema refuse it.`);
  return problems;
}

async function runsItsExamples(subject: Subject): Promise<string[]> {
  const { name } = subject;
  await using jobs = await subject.open();
  const { registry } = jobs.internals.core;
  const problems: string[] = [];
  const shown: string[] = [];
  const look = async (path: string) => {
    const answer = await jobs.request(path);
    shown.push(JSON.stringify([...answer.headers]));
    // One that streams does not end.
    let isRead = false;
    const read = (text: string) => {
      isRead = true;
      shown.push(text);
    };
    answer.text().then(read, () => read(''));
    for (const began = systemClock.now(); !isRead && systemClock.now() - began < GRACE; ) await turn(1);
  };
  for (const { type, example } of subject.types(jobs)) {
    const runs = new Runs(jobs, type);
    const summary = registry.get(type)?.options.summary;
    try {
      summary?.(example as never);
    } catch (error) {
      problems.push(`The summary of "${type}" throws for its example: ${messageOf(error)}`);
    }
    for (let n = 0; n < 2; n += 1) {
      const job = await addExample(jobs, type, example);
      if (!(await runs.ended(n + 1))) {
        problems.push(tooLong(type));
        break;
      }
      await turn(20);
      const at = nonJson(runs.returned[n]?.value);
      if (at)
        problems.push(
          `The result of "${type}" is not JSON (${at}): return plain objects, arrays, strings and numbers.`,
        );
      const view = await jobs.jobView(job.id);
      if (view.error !== null)
        problems.push(`${view.error} Its type is "${type}"; let view() answer for a job in any state.`);
      for (const path of ['', '/logs', '/history']) await look(`/api/jobs/${job.id}${path}`);
    }
  }
  for (const { plugin, id } of await jobs.plugins.panels()) {
    if (plugin !== name) continue;
    try {
      shown.push(JSON.stringify((await jobs.plugins.panel(plugin, id)).blocks));
    } catch (error) {
      problems.push(`The panel "${id}" throws: ${messageOf(error)}`);
    }
  }
  if (await feedsItself(jobs))
    problems.push(
      `Its examples cause more than ${MOST_JOBS} jobs: an action or a processor adds jobs that add jobs again. Check the type before you add one.`,
    );
  problems.push(...(await charged(subject, jobs)));
  const routes = (await subject.status(jobs))?.routes ?? [];
  for (const route of routes) if (/^GET [^:*]+$/.test(route)) await look(route.slice('GET '.length));
  for (const path of ['/api/jobs', '/api/types', '/api/plugins', '/api/schedules', '/api/failures']) await look(path);
  const { config } = await jobs.plugins.settings(name);
  const places = {
    'its log': jobs.log.join('\n'),
    'its events': JSON.stringify(jobs.events),
    'an answer of the API or of its routes': shown.join('\n'),
  };
  for (const [path, secret] of secretsOf(subject.options.config, config))
    for (const [place, text] of Object.entries(places))
      if (text.includes(secret) || text.includes(JSON.stringify(secret).slice(1, -1)))
        problems.push(`The secret of its setting "${path}" appears in ${place}: leave it out there.`);
  return problems;
}

async function repeats(subject: Subject): Promise<string[]> {
  await using jobs = await subject.open();
  const { core } = jobs.internals;
  const problems: string[] = [];
  const own = (await subject.tables(jobs)).filter((table) => table.startsWith(tablePrefix(subject.name)));
  const state = async (): Promise<Map<string, number>> => {
    const held = await contents(core.ledger.dialect.db.withTables(), own);
    for (const { type, n } of await core.reads.counts())
      held.set(`jobs of the type "${type}"`, (held.get(`jobs of the type "${type}"`) ?? 0) + Number(n));
    return held;
  };
  for (const { type, example } of subject.types(jobs)) {
    const runs = new Runs(jobs, type, 'hold the first');
    // The job itself is there before its first run, and is no work of it.
    const { id } = await jobs.addJob({ type, data: example, maxRetries: 0, delay: 1_000 });
    const before = await state();
    await jobs.runJob(id);
    if (!(await runs.ended(1))) {
      problems.push(tooLong(type));
      continue;
    }
    const first = await state();
    const job = await jobs.getJobStatus(id);
    await jobs.crash();
    if (core.registry.get(type)?.options.onLost === 'fail') continue;
    // It was completed in the transaction of its work, so it does not run again.
    if (job && isFinal(job.status)) continue;
    if (!(await runs.ended(2))) {
      problems.push(tooLong(type));
      continue;
    }
    const second = await state();
    for (const [what, now] of second) {
      const once = (first.get(what) ?? 0) - (before.get(what) ?? 0);
      if (once !== 0 && now - (first.get(what) ?? 0) === once)
        problems.push(
          `Run again after a crash, the job of the type "${type}" changes ${what} by ${once} once more: use its job id as a key, an idempotencyKey for jobs that it adds, or job.once().`,
        );
    }
    const [one, two] = runs.returned;
    if (one?.error === null && two?.error !== null)
      problems.push(
        `Run again after a crash, the job of the type "${type}" fails: ${two?.error}. It must accept what its first run did.`,
      );
    await jobs.idle();
  }
  return problems;
}

async function hearsSignals(subject: Subject): Promise<string[]> {
  const problems: string[] = [];
  await using jobs = await subject.open();
  for (const { type, example } of subject.types(jobs)) {
    const runs = new Runs(jobs, type);
    const { id } = await addExample(jobs, type, example);
    await runs.started();
    await jobs.cancelJob(id);
    const deadline = systemClock.now() + GRACE;
    while (runs.returned.length < runs.begun && systemClock.now() < deadline) await turn(1);
    if (runs.returned.length < runs.begun)
      problems.push(
        `The processor of "${type}" still runs ${GRACE / 1_000} s after its signal fired: pass job.signal to everything it waits for, and stop when it fires.`,
      );
  }
  return problems;
}

/** Do jobs go on causing jobs? Stops waiting once that is clear. */
async function feedsItself(jobs: TestJobs): Promise<boolean> {
  const added = () => jobs.events.filter(({ event }) => event === 'job_added').length;
  const most = added() + MOST_JOBS;
  let isQuiet = false;
  const quiet = () => {
    isQuiet = true;
  };
  // Throws if it never ends.
  jobs.idle().then(quiet, quiet);
  while (!isQuiet && added() <= most) await turn(3);
  return added() > most;
}

interface Return {
  value: unknown;
  /** Why the run failed; null if it did not. */
  error: string | null;
}

/** Follows the runs of one type: wraps its processor where the core finds it. */
class Runs {
  begun = 0;
  readonly returned: Return[] = [];
  readonly #jobs: TestJobs;

  constructor(jobs: TestJobs & Assembled, type: string, mode?: 'hold the first') {
    this.#jobs = jobs;
    const entry = jobs.internals.core.registry.get(type);
    if (!entry) return;
    const { processor } = entry;
    entry.processor = async (data, id, attempt, job) => {
      const real: Processor = typeof processor === 'function' ? processor : (await processor.lazy()).default;
      this.begun += 1;
      const isFirst = this.begun === 1;
      try {
        const value = await real(data, id, attempt, job);
        this.returned.push({ value, error: errorIn(value) });
        return value;
      } catch (error) {
        this.returned.push({ value: undefined, error: isAnswer(error) ? null : messageOf(error) });
        throw error;
      } finally {
        const { signal } = job;
        if (mode && isFirst && !signal.aborted)
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }
    };
  }

  async started(): Promise<void> {
    const deadline = systemClock.now() + PATIENCE;
    while (this.begun === 0 && systemClock.now() < deadline) await turn(1);
  }

  /** False if they did not end in time. Moves the clock for those that wait for it. */
  async ended(runs: number): Promise<boolean> {
    const began = systemClock.now();
    let moved = 0;
    while (this.returned.length < runs) {
      const passed = systemClock.now() - began;
      if (passed > PATIENCE) return false;
      // Five times as fast as real time, so that one that does real work does not run out of its timeout.
      if (passed > GRACE && (passed - GRACE) * 5 > moved) {
        moved += 1_000;
        await this.#jobs.clock.advance(1_000, () => turn(3));
      } else await turn(1);
    }
    return true;
  }
}

const tooLong = (type: string): string =>
  `The example of "${type}" did not end within ${PATIENCE / 1_000} s: name the type in \`leaveOut\`, with the reason, if it cannot run here.`;

function errorIn(value: unknown): string | null {
  if (value instanceof Error) return value.message;
  const { success, error } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return success === false ? messageOf(error) : null;
}

/** Errors of its listeners, timers, requests and `onDisable`. */
async function charged(subject: Subject, jobs: TestJobs): Promise<string[]> {
  const { lastError } = (await subject.status(jobs))?.health ?? {};
  return lastError ? [`It threw outside of a job: ${lastError}`] : [];
}

/** Where a returned value is not JSON, or null. `open`: the enclosing objects, to detect cycles. */
function nonJson(value: unknown, path = 'result', open: readonly object[] = []): string | null {
  if (value === undefined || value === null || value instanceof Error) return null;
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return null;
  if (typeof value !== 'object') return `${path} is ${typeof value === 'number' ? value : `a ${typeof value}`}`;
  const made = Object.getPrototypeOf(value)?.constructor?.name ?? 'Object';
  if (made !== 'Object' && made !== 'Array') return `${path} is a ${made}`;
  if (open.includes(value)) return `${path} refers to itself`;
  for (const [key, inner] of Object.entries(value)) {
    const found = nonJson(inner, `${path}.${key}`, [...open, value]);
    if (found) return found;
  }
  return null;
}

/** Texts of the given config that the shown one masks, with their paths. */
function secretsOf(given: unknown, shown: unknown, path = ''): [string, string][] {
  if (typeof given === 'string') return shown === MASK && given.length >= SHORTEST_SECRET ? [[path, given]] : [];
  if (typeof given !== 'object' || given === null) return [];
  return Object.entries(given).flatMap(([key, value]) =>
    secretsOf(
      value,
      shown === MASK ? MASK : (shown as Record<string, unknown> | null)?.[key],
      path === '' ? key : `${path}.${key}`,
    ),
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const sum = (footprint: Record<string, number> | undefined): number =>
  Object.values(footprint ?? {}).reduce((a, b) => a + b, 0);

/** A processor may also throw `discard()` and `snooze()`: a repeated job answers so on purpose. */
const isAnswer = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'Discard' || error.name === 'Snooze');
