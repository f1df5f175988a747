// The CMS's scheduled tasks. This file does not import jobs.js, which imports it.
import { readOption, writeOption } from './options.js';

export const taskHandlers = { publishScheduledPosts: async () => {} };

export const loadTasks = () => readOption('_cron_tasks');

/** Keeps last_run_at, and that a task which runs once is disabled now. */
export async function saveTask(task) {
  const tasks = await loadTasks();
  await writeOption(
    '_cron_tasks',
    tasks.map((one) => (one.id === task.id ? task : one)),
  );
}
