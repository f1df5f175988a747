// The CMS's scheduled tasks. This file does not import jobs.js, which imports it.
import { readOption, writeOption } from './options.js';

export const taskHandlers = { publishScheduledPosts: async () => {} };

export const loadTasks = () => readOption('_cron_tasks');

/** Keeps last_run_at, and that a task which runs once is disabled now; the rest is what the user saved last. */
export async function saveTask({ id, last_run_at, run_once }) {
  const tasks = await loadTasks();
  const ran = run_once ? { last_run_at, enabled: false } : { last_run_at };
  await writeOption(
    '_cron_tasks',
    tasks.map((one) => (one.id === id ? { ...one, ...ran } : one)),
  );
}
