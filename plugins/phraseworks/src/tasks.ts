// The scheduled tasks of the CMS (`_cron_tasks`) as schedules: each run is a job, so it is retried, kept and seen.
import type { PluginContext, Schedule } from '@phraseworks/sdk';

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

const nameOf = (task: Task): string => `task-${String(task.id).replace(/[^A-Za-z0-9_-]/g, '-')}`;

export class Tasks {
  readonly #ctx: PluginContext;
  readonly #type: string;
  readonly #options: TaskOptions;
  #known = new Map<string, Task>();

  constructor(ctx: PluginContext, prefix: string, options: TaskOptions) {
    this.#ctx = ctx;
    this.#type = `${prefix}${TASK_TYPE}`;
    this.#options = options;
    ctx.registerProcessor(this.#type, ({ task }: { task: string }) => this.#run(task), {
      access: 'none',
      summary: ({ task }: { task: string }) => this.#known.get(task)?.name ?? task,
    });
  }

  /** Makes the enabled tasks the schedules that there are. Throws `INVALID_DATA` for a pattern that is not valid, or a function that is missing. */
  async schedule(tasks: readonly Task[]): Promise<void> {
    const enabled = new Map(tasks.filter((task) => task.enabled).map((task) => [nameOf(task), task]));
    for (const [name, task] of enabled) {
      if (!Object.hasOwn(this.#options.tasks, task.function_name))
        throw new Error(
          `The task "${task.name}" names the function "${task.function_name}", which \`tasks\` does not have.`,
        );
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
    for (const name of this.#known.keys()) if (!enabled.has(name)) await this.#ctx.unscheduleJob(name);
    this.#known = enabled;
  }

  async #run(name: string): Promise<string> {
    const task = this.#known.get(name);
    // Another process may have disabled the task after this run was due.
    if (!task) return 'The task is not enabled any more.';
    await this.#options.tasks[task.function_name]?.();
    task.last_run_at = this.#ctx.clock.iso();
    if (task.run_once) {
      task.enabled = false;
      this.#known.delete(name);
      await this.#ctx.unscheduleJob(name);
    }
    await this.#options.onTaskRun(task);
    return task.name;
  }
}
