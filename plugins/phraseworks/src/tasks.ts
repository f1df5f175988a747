// The scheduled tasks of the CMS (`_cron_tasks`) as schedules: each run is a job, so it is retried, kept and seen.
import { JobsError, type PluginContext, type Schedule } from '@phraseworks/sdk';

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
  tasks: Record<string, () => unknown>;
  timezone: string;
  /** Runs after a task has run, with `last_run_at` and `enabled` as they are now: save it as the CMS does. */
  onTaskRun: (task: Task) => unknown;
}

export const TASK_TYPE = 'task';

interface TaskJob {
  task: string;
  /** The CMS asked for this run, so it happens even while the task is disabled. */
  now?: true;
}

const nameOf = (id: Task['id']): string => `task-${String(id).replace(/[^A-Za-z0-9_-]/g, '-')}`;

export class Tasks {
  readonly #ctx: PluginContext;
  readonly #type: string;
  readonly #options: TaskOptions;
  #known = new Map<string, Task>();

  constructor(ctx: PluginContext, prefix: string, options: TaskOptions) {
    this.#ctx = ctx;
    this.#type = `${prefix}${TASK_TYPE}`;
    this.#options = options;
    ctx.registerProcessor(this.#type, (job: TaskJob) => this.#run(job), {
      access: 'none',
      summary: ({ task }: TaskJob) => this.#known.get(task)?.name ?? task,
    });
  }

  /** Makes the enabled tasks the schedules that there are. Throws `INVALID_DATA` for a pattern that is not valid, or a function that is missing. */
  async schedule(tasks: readonly Task[]): Promise<void> {
    const next = new Map(tasks.map((task) => [nameOf(task.id), task]));
    for (const [name, task] of next) {
      if (!task.enabled) continue;
      this.#functionOf(task);
      const schedule: Schedule = {
        name,
        schedule: task.cron_expression,
        timezone: this.#options.timezone,
        // As the CMS does: a run that was due while it was down happens once at the next start.
        missed: 'once',
        jobData: { type: this.#type, data: { task: name } },
      };
      await this.#ctx.scheduleJob(schedule as never);
    }
    // A schedule outlives the process, so a disabled task may have one that this process does not know.
    for (const name of new Set([...this.#known.keys(), ...next.keys()]))
      if (!next.get(name)?.enabled) await this.#ctx.unscheduleJob(name);
    this.#known = next;
  }

  async runNow(id: Task['id']): Promise<string> {
    const name = nameOf(id);
    const task = this.#known.get(name);
    if (!task)
      throw new JobsError('INVALID_DATA', `There is no task with the id ${id}: name it in scheduleTasks() first.`);
    this.#functionOf(task);
    const job = await this.#ctx.addJob({ type: this.#type, data: { task: name, now: true }, priority: 'high' });
    return job.id;
  }

  #functionOf({ name, function_name: key }: Task): () => unknown {
    const { tasks } = this.#options;
    const run = Object.hasOwn(tasks, key) ? tasks[key] : undefined;
    if (run) return run;
    throw new JobsError(
      'INVALID_DATA',
      `The task "${name}" names the function "${key}", which \`tasks\` does not have.`,
    );
  }

  async #run({ task: name, now }: TaskJob): Promise<string> {
    const task = this.#known.get(name);
    // The task may have been disabled after this run was due.
    if (!task || !(task.enabled || now)) return 'The task is disabled.';
    await this.#functionOf(task)();
    task.last_run_at = this.#ctx.clock.iso();
    if (task.run_once) {
      task.enabled = false;
      await this.#ctx.unscheduleJob(name);
    }
    await this.#options.onTaskRun(task);
    return task.name;
  }
}
