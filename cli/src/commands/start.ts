// `start`: the site on its own: pages, API, WebSocket, schedules and jobs, as `npm start` runs it, without the demo.

import { UsageError } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { startServer } from '../start.ts';

export const start = defineCommand({
  usage: ['[options]'],
  about: 'PORT, HOST and LOG_LEVEL of the environment count. SIGINT and SIGTERM stop it in good order.',
  example: 'start --workers 4',
  options: {
    workers: { type: 'string', value: 'N', about: 'run the jobs in N processes of their own' },
    'with-worker': { type: 'boolean', about: 'with --workers: run jobs in this process, too' },
  },
  takes: { least: 0, most: 0 },
  async run({ values, out, site }) {
    if (out.json) throw new UsageError('start prints its screen, and has no JSON output.');
    const { config, baseDir } = await site();
    const args = [
      ...(values.workers === undefined ? [] : ['--workers', values.workers]),
      ...(values['with-worker'] ? ['--with-worker'] : []),
    ];
    await startServer({ config, database: config.database, baseDir, args });
    return 'stays';
  },
});
