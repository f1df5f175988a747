// `start`: the standalone site: pages, API, WebSocket, schedules and jobs, like `npm start` without the demo.
import { relative } from 'node:path';
import { UsageError } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { type Site, startServer } from '../start.ts';

export const start = defineCommand({
  usage: ['[options]'],
  about: 'Reads PORT, HOST and LOG_LEVEL from the environment. SIGINT and SIGTERM shut it down gracefully.',
  example: 'start --workers 4',
  options: {
    workers: { type: 'string', value: 'N', about: 'run the jobs in N processes of their own' },
    example: { type: 'string', value: 'TYPE', about: 'add a job with the example data of this type at each start' },
  },
  takes: { least: 0, most: 0 },
  async run({ values, out, cwd, site }) {
    if (out.json) throw new UsageError('start has no JSON output.');
    const { workers, example } = values;
    const { config, file, baseDir } = await site();
    await startServer({
      config,
      ...(file === null ? {} : { configFile: relative(cwd, file) }),
      database: config.database,
      baseDir,
      args: workers === undefined ? [] : ['--workers', workers],
      onStarted: async (started) => {
        if (example !== undefined) await addExample(started, example);
      },
    });
    return 'stays';
  },
});

/** Adds a job with the type's example, and prints how each of its attempts ends. */
async function addExample({ jobs, screen }: Site, type: string): Promise<void> {
  const data = jobs.types().find((known) => known.type === type)?.example;
  if (data === undefined || data === null) {
    screen.say(`No example job: no running plugin has an example of the type ${type}.`);
    return;
  }
  let added = '';
  const show = async ({ jobId }: { jobId: string }): Promise<void> => {
    const job = jobId === added ? await jobs.getJobStatus(jobId) : null;
    if (job) screen.job(job, 'example');
  };
  for (const name of ['job:completed', 'job:failed', 'job:retry'] as const) jobs.addAction(name, show);
  added = (await jobs.addJob({ type, data })).id;
}
