// Runs a site of its own around one instance: what `npm start` does, and what a host without a server may use.
import { getRequestListener } from '@hono/node-server';
import { JobsError } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { systemClock } from '../clock.ts';
import { createJobs, type JobsConfig, type JobsOptions } from '../create-jobs.ts';
import { systemEnv } from '../env.ts';
import { messageOf, stackOf } from '../errors.ts';
import type { JobsHost } from '../host.ts';
import { listenFrom } from './listen.ts';
import { Screen } from './screen.ts';
import { stopOnSignals } from './signals.ts';
import { version } from './version.ts';

const PORT = 3_210;
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

export interface Site {
  jobs: JobsHost;
  screen: Screen;
  /** Of the page: `http://localhost:3210/jobs`. */
  url: string;
}

export interface StartOptions {
  config: JobsConfig & Pick<JobsOptions, 'authorize'>;
  /** Where relative paths of plugins count from. */
  baseDir: string;
  /** Called when everything runs. */
  onStarted?: (site: Site) => Promise<void>;
}

/** Listens on `PORT` (3210) or the next free one, on `HOST` (127.0.0.1). A mistake in the configuration ends the process with one line and code 1. */
export async function startServer(options: StartOptions): Promise<void> {
  // Whoever read the output may be gone (`npm start | head`): the site goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const screen = new Screen((line) => process.stdout.write(`${line}\n`), process.stdout.isTTY && !systemEnv().NO_COLOR);
  try {
    await serve(options, screen);
  } catch (error) {
    const known = error instanceof JobsError;
    process.stderr.write(`${known ? error.message : (stackOf(error) ?? messageOf(error))}\n`);
    process.exit(1);
  }
}

async function serve({ config, baseDir, onStarted }: StartOptions, screen: Screen): Promise<void> {
  if (typeof config !== 'object' || config === null) {
    throw new JobsError(
      'INVALID_CONFIG',
      'jobs.config.ts must export an object by default: export default defineConfig({ ... }).',
    );
  }
  const env = systemEnv();
  const hostname = env.HOST ?? '127.0.0.1';
  if (!LOOPBACK.includes(hostname) && !config.authorize) {
    throw new JobsError(
      'INVALID_CONFIG',
      'HOST is not this machine, and nobody says who may do what: add authorize(c, action, job) to jobs.config.ts, or leave HOST out.',
    );
  }
  const wanted = portOf(env.PORT);
  const jobs = await createJobs({ ...config, baseDir, default: true, logLevel: levelOf(env.LOG_LEVEL) });
  const { server, port } = await listenFrom(wanted, hostname);
  const mountPath = config.mountPath ?? '/jobs';
  const app = new Hono();
  app.route(mountPath, jobs.routes);
  app.get('/', (c) => c.redirect(mountPath));
  server.on('request', getRequestListener(app.fetch));
  jobs.attachWebSocket(server);
  stopOnSignals(
    {
      stop: async () => {
        server.close();
        await jobs.stop();
        server.closeAllConnections();
      },
      halt: () => jobs.halt(),
      say: (line) => screen.say(line),
      exit: (code) => process.exit(code),
    },
    process,
    () => systemClock.now(),
  );
  const plugins = await jobs.start();
  const url = `http://${hostInUrl(hostname)}:${port}${mountPath}`;
  screen.started({
    version: version(),
    node: process.versions.node,
    info: jobs.info(),
    plugins,
    schedules: await jobs.schedules.list(),
    url,
    port: { wanted, got: port },
    slots: config.queue?.maxConcurrentJobs ?? 5,
  });
  await onStarted?.({ jobs, screen, url });
}

function hostInUrl(hostname: string): string {
  if (hostname === '127.0.0.1') return 'localhost';
  return hostname.includes(':') ? `[${hostname}]` : hostname;
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return PORT;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new JobsError('INVALID_CONFIG', 'PORT must be a whole number from 1 to 65535.');
}

function levelOf(text: string | undefined) {
  if (text === undefined || text === '') return 'warn' as const;
  if (text === 'debug' || text === 'info' || text === 'warn' || text === 'error' || text === 'silent') return text;
  throw new JobsError('INVALID_CONFIG', 'LOG_LEVEL must be debug, info, warn, error or silent.');
}
