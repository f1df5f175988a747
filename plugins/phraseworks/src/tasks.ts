// The scheduled tasks of the CMS (`_cron_tasks`) as schedules: each run is a job, so it is retried, kept and seen.
import {
  JobsError,
  type optional,
  type PluginContext,
  type RunningJob,
  type Schedule,
  type Schedules,
  type Uploads,
} from '@phraseworks/sdk';

/** One entry of the option `_cron_tasks`. */
export interface Task {
  id: string | number;
  name: string;
  /** The key of its function in `tasks`. */
  function_name: string;
  cron_expression: string;
  enabled: boolean;
  /** Disable it after its first run. */
  run_once?: boolean;
  last_run_at?: string | null;
}

export interface TaskOptions {
  /** By `function_name`. The signal fires when the run must end: `taskTimeout`, a cancelled job or a stop. */
  tasks: Record<string, (signal: AbortSignal) => unknown>;
  timezone: string;
  /** Milliseconds a run may take; 300000 by default. */
  taskTimeout: number;
  /** Runs after a task has run, one call after the other: save its `last_run_at`, and `enabled` if it runs once. If it throws, only the saving is tried again. */
  onTaskRun: (task: Task) => unknown;
}

export const TASK_TYPE = 'task';

export type CmsContext = PluginContext<
  unknown,
  { schedules: typeof Schedules; uploads: ReturnType<typeof optional<Uploads>> }
>;

/** Holds the task itself, so that a process that has no list of tasks can run it. */
interface TaskJob {
  task: Task;
  /** The CMS asked for this run, so it happens even while the task is disabled. */
  now?: true;
}

/** Two ids never share a name: what a name cannot hold becomes its code between underscores. */
/** Begins the names of the schedules of tasks; others are a plugin's own. */
const TASK = 'task-';
const nameOf = (id: Task['id']): string =>
  `${TASK}${String(id).replace(/[^A-Za-z0-9-]/gu, (sign) => `_${sign.codePointAt(0)?.toString(16)}_`)}`;

/** Lives as long as the process: the plugin may be disabled and enabled meanwhile. */
export class Tasks {
  readonly #type: string;
  readonly #options: TaskOptions;
  /** Throws while the plugin is off. */
  readonly #on: () => CmsContext;
  /** The last list of `schedule()`, by the names of the schedules. Nothing before the first call. */
  #known: Map<string, Task> | undefined;
  /** A new list removes every schedule that is not in it; later on, other processes may have newer lists. */
  #isNew = false;
  readonly #scheduling = oneByOne();
  readonly #saving = oneByOne();

  constructor(prefix: string, on: () => CmsContext, options: TaskOptions) {
    this.#type = `${prefix}${TASK_TYPE}`;
    this.#on = on;
    this.#options = options;
  }

  open(ctx: CmsContext): void {
    ctx.registerProcessor(this.#type, (job: TaskJob, _id, _attempt, running) => this.#run(job, running), {
      access: 'none',
      timeout: this.#options.taskTimeout,
      // A task that is due while it waits or runs is not started beside itself.
      key: ['task.id'],
      unique: { while: 'active' },
      summary: ({ task }: TaskJob) => task.name,
    });
    // The list may have changed while the plugin was disabled.
    ctx.onReady(async () => {
      if (this.#known) await this.#scheduling(() => this.#store());
    });
  }

  /** Makes the enabled tasks the schedules. Throws `INVALID_DATA` that names every task with an invalid pattern or a missing function, after all others are scheduled. */
  async schedule(tasks: readonly Task[]): Promise<void> {
    await this.#scheduling(async () => {
      this.#known = new Map(tasks.map((task) => [nameOf(task.id), task]));
      this.#isNew = true;
      await this.#store();
    });
  }

  async runNow(id: Task['id']): Promise<string> {
    const task = this.#known?.get(nameOf(id));
    if (!task)
      throw new JobsError('INVALID_DATA', `There is no task with the id ${id}: name it in scheduleTasks() first.`);
    this.#functionOf(task);
    const ctx = this.#on();
    const add = () => ctx.addJob({ type: this.#type, data: dataOf(task, true), priority: 'high' });
    const job = await add();
    // One that waits may be from before the task was disabled, or wait for a retry.
    const isWaiting = job.outcome === 'kept' && job.status === 'pending' && (await ctx.cancelJob(job.id));
    return isWaiting ? (await add()).id : job.id;
  }

  async #store(): Promise<void> {
    const ctx = this.#on();
    const known = this.#known ?? new Map<string, Task>();
    const bad: string[] = [];
    const failed = new Set<string>();
    for (const [name, task] of known) {
      if (!task.enabled) continue;
      try {
        await this.#scheduleOne(task);
      } catch (error) {
        if (!(error instanceof JobsError) || error.code === 'UNAVAILABLE') throw error;
        bad.push(error.message);
        failed.add(name);
      }
    }
    for (const name of [...known.keys(), ...(this.#isNew ? await this.#stored() : [])]) {
      if (known.get(name)?.enabled && !failed.has(name)) continue;
      await ctx.unscheduleJob(name);
    }
    this.#isNew = false;
    if (bad.length > 0) throw new JobsError('INVALID_DATA', bad.join('; '));
  }

  /** The names of the schedules of all stored tasks: they outlive the process that made them. */
  async #stored(): Promise<string[]> {
    const { name, needs } = this.#on();
    const own = `${name}/${TASK}`;
    const all = await needs.schedules.list('system');
    return all.filter((one) => one.name.startsWith(own)).map((one) => one.name.slice(name.length + 1));
  }

  async #scheduleOne(task: Task): Promise<void> {
    this.#functionOf(task);
    const name = nameOf(task.id);
    const schedule: Schedule = {
      name,
      schedule: task.cron_expression,
      timezone: this.#options.timezone,
      // As the CMS does: a run that was due while it was down happens once at the next start.
      missed: 'once',
      jobData: { type: this.#type, data: dataOf(task) },
    };
    try {
      await this.#on().scheduleJob(schedule as never);
    } catch (error) {
      if (!(error instanceof JobsError)) throw error;
      throw new JobsError(error.code, `The task "${task.name}" has no schedule: ${error.message}`);
    }
  }

  #functionOf({ name, function_name: key }: Task): (signal: AbortSignal) => unknown {
    const { tasks } = this.#options;
    const run = Object.hasOwn(tasks, key) ? tasks[key] : undefined;
    if (run) return run;
    throw new JobsError(
      'INVALID_DATA',
      `The task "${name}" names the function "${key}", which \`tasks\` does not have`,
    );
  }

  async #run({ task, now }: TaskJob, job: RunningJob): Promise<string> {
    const ctx = this.#on();
    const name = nameOf(task.id);
    const run = this.#functionOf(task);
    // An attempt after a failed saving must not run the function again.
    const at = await job.once('run', async () => {
      // Only the store knows whether another process has disabled it since this run was due.
      if (!now && !(await this.#stored()).includes(name)) return null;
      await run(job.signal);
      return ctx.clock.iso();
    });
    if (at === null) return 'The task is disabled.';
    if (task.run_once) await ctx.unscheduleJob(name);
    return this.#saving(async () => {
      // The list may have been replaced meanwhile: only what the run changed goes into the current task.
      const ran = { ...(this.#known?.get(name) ?? task), last_run_at: at };
      if (task.run_once) ran.enabled = false;
      if (this.#known?.has(name)) this.#known.set(name, ran);
      await this.#options.onTaskRun({ ...ran });
      return ran.name;
    });
  }
}

function dataOf({ last_run_at, ...task }: Task, now = false): TaskJob {
  return now ? { task, now } : { task };
}

/** Runs what it gets in the order of the calls, whether or not the one before failed. */
function oneByOne(): <T>(fn: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (fn) => {
    const next = last.then(fn);
    last = next.catch(() => {});
    return next;
  };
}
