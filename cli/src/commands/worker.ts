// `worker`: a process that only runs jobs, of all plugins and types or the given ones.

import { createLogger } from '@phraseworks/jobs/internals/base';
import type { Assembled } from '@phraseworks/jobs/internals/site';
import { given, UsageError, whole } from '../arguments.ts';
import { type Call, defineCommand, type Outcome } from '../command.ts';
import { logFormat, logLevel } from '../log-level.ts';
import { openProbes } from '../probes.ts';
import { runWorker } from '../run-worker.ts';

const OPTIONS = {
  only: { type: 'string', value: 'A,B', about: 'run only jobs of these plugins and types' },
  concurrency: { type: 'string', value: 'N', about: 'run this many jobs at once; queue.maxConcurrentJobs by default' },
  port: { type: 'string', value: 'N', about: 'answer GET /health and /ready on this port, for probes; reads HOST' },
} as const;

export const worker = defineCommand({
  usage: ['[--only A,B] [--concurrency N] [--port N]'],
  about: 'It has no pages and fires no schedules; SIGTERM or Ctrl+C lets running jobs finish.',
  example: 'worker --only email,image --concurrency 4',
  options: OPTIONS,
  takes: { least: 0, most: 0 },
  run: work,
});

async function work(call: Call<typeof OPTIONS>): Promise<Outcome> {
  const { out, values, env } = call;
  const only = values.only === undefined ? undefined : namesIn(values.only);
  const concurrency = whole(values.concurrency, '--concurrency', 1, 1_000);
  const port = whole(values.port, '--port', 0, 65_535);
  const { config, baseDir } = await call.site();
  const queue = { ...config.queue, ...given({ only, maxConcurrentJobs: concurrency }) };
  const probes = port === undefined ? undefined : await openProbes(port, env.HOST ?? '127.0.0.1');
  const log = createLogger(logLevel(env), (line) => out.note(line), { format: logFormat(env) });
  const jobs = await runWorker({
    options: { ...config, queue, baseDir, log },
    say: (line) => (out.json ? out.note(line) : out.line(line)),
    onOpen: ({ routes }) => probes?.answerWith(routes),
  });
  sayReady(call, jobs, probes?.port);
  if (only) warnOfUnknown(call, jobs, only);
  return 'stays';
}

function namesIn(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new UsageError('--only must be names with commas between them.');
  return names;
}

function sayReady({ out }: Call<typeof OPTIONS>, { internals: { core } }: Assembled, port: number | undefined): void {
  const claimed = core.registry.claimable().types;
  const types = claimed.map(({ type }) => type).sort();
  const slots = core.worker.free + core.worker.attempts.running.length;
  const { node, pid } = core.identity;
  out.data({ event: 'ready', node, pid, slots, types, ...given({ port }) });
  const probes = port === undefined ? '' : `, probes on ${port}`;
  out.line(`ready      worker ${node}, ${slots} slots, types ${types.join(', ') || 'none yet'}${probes}`);
}

/** A mistyped name would otherwise go unnoticed. */
function warnOfUnknown({ out }: Call<typeof OPTIONS>, { internals: { core } }: Assembled, names: string[]): void {
  const { registry } = core;
  const types = registry.list();
  const known = [...new Set(types.flatMap(({ type, plugin }) => (plugin === null ? type : [plugin, type])))].sort();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  out.note(`--only: no plugin or type is called ${unknown.join(', ')}. Known: ${known.join(', ') || 'none'}.`);
}
