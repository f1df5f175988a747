// Runs a site with its own HTTP server: what `npm start` does, and what a host without a server can use.
import { getRequestListener } from '@hono/node-server';
import type { JobsConfig, JobsHost, JobsOptions } from '@phraseworks/jobs';
import {
  createLogger,
  type Env,
  messageOf,
  named,
  pause,
  stackOf,
  systemClock,
  systemEnv,
  systemRandom,
  version,
} from '@phraseworks/jobs/internals/base';
import { type Assembled, assemble } from '@phraseworks/jobs/internals/site';
import { JobsError, SignIn } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { dropStalledReaders, listenFrom, listenOn, waitingAnswers } from './listen.ts';
import { logFormat, logLevel } from './log-level.ts';
import { Output } from './output.ts';
import { runWorker } from './run-worker.ts';
import { Screen } from './screen.ts';
import { withSignIn } from './sign-in.ts';
import { stopOnSignals } from './signals.ts';
import { forkWorker, Supervisor, workerNumber, workersOption } from './supervisor.ts';

const PORT = 3_210;
/** Worker processes have 30 s to stop by themselves; after this time, in milliseconds, they are killed. */
const WORKERS_STOP = 45_000;
/** Milliseconds for which the start screen waits for plugins that are still starting; the site works meanwhile. */
const SETTLE = 10_000;

const UNFINISHED = ' The start did not finish. Start again when the database is back: it continues where it ended.';

const ROLES = ['web', 'worker', 'scheduler'] as const;

export interface Site {
  jobs: JobsHost;
  screen: Screen;
  /** Of the page: `http://localhost:3210/jobs`. */
  url: string;
}

export interface StartOptions {
  config: JobsConfig & Pick<JobsOptions, 'authorize'>;
  /** For the start screen. */
  configFile?: string;
  /** Wins over `JOBS_DATABASE`, which wins over the configuration. */
  database?: string;
  /** The base of relative plugin paths. */
  baseDir: string;
  /** `--workers N` runs the jobs in N processes that start this program again. */
  args?: readonly string[];
  /** Called after the start, but not in worker processes. */
  onStarted?: (site: Site) => Promise<void>;
}

/** Listens on `HOST` (127.0.0.1) and `PORT`, by default 3210 or the next free port. A wrong configuration ends the process with code 1, a database that vanishes meanwhile with 3. */
export async function startServer(options: StartOptions): Promise<void> {
  // If the reader of the output is gone (`npm start | head`), the site keeps running.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const screen = new Screen(new Output(process.stdout, process.stderr, systemEnv(), false), systemEnv().LOG_FORMAT);
  try {
    await serve(placed(options), screen);
  } catch (error) {
    const known = error instanceof JobsError;
    const isGone = known && error.code === 'UNAVAILABLE';
    const what = known ? error.message : (stackOf(error) ?? messageOf(error));
    process.stderr.write(`${what}${isGone ? UNFINISHED : ''}\n`);
    process.exit(isGone ? 3 : 1);
  }
}

/** The same options with the effective database and plugins. */
function placed({ database = systemEnv().JOBS_DATABASE, ...options }: StartOptions): StartOptions {
  const { config } = options;
  if (typeof config !== 'object' || config === null) return options;
  return { ...options, config: withSignIn(database ? { ...config, database } : config) };
}

async function serve(
  { config, configFile, baseDir, args = [], onStarted }: StartOptions,
  screen: Screen,
): Promise<void> {
  if (typeof config !== 'object' || config === null) {
    throw new JobsError(
      'INVALID_CONFIG',
      'jobs.config.ts must export an object by default: export default defineConfig({ ... }).',
    );
  }
  const env = systemEnv();
  const number = workerNumber(env);
  const log = createLogger(logLevel(env), undefined, { format: logFormat(env) });
  if (number !== undefined) {
    const options = { ...config, baseDir, log: named(log, `worker ${number}`) };
    await runWorker({ options, say: (line) => screen.say(line) });
    return;
  }
  const workers = workersOption(args);
  const hostname = env.HOST ?? '127.0.0.1';
  const chosen = portOf(env.PORT);
  const roles = (config.roles ?? ROLES).filter((role) => role !== 'worker' || workers === 0);
  if (roles.length === 0)
    throw new JobsError('INVALID_CONFIG', 'A site needs a role: add web or scheduler to roles in the configuration.');
  const mountPath = config.mountPath ?? '/jobs';
  // A proxy or a probe expects the site on exactly the port that was set.
  const { server, port } = await (chosen === undefined ? listenFrom(PORT, hostname) : listenOn(chosen, hostname));
  dropStalledReaders(server);
  // While it waits for the database, the site answers that it is alive but not ready.
  let answer = getRequestListener(waitingAnswers(mountPath));
  server.on('request', (request, response) => void answer(request, response));
  const jobs = await assemble(
    { ...config, roles, baseDir, default: true, log },
    { clock: systemClock, random: systemRandom, env, patience: Number.POSITIVE_INFINITY },
  );
  const { crashes, rescue } = jobs.internals.core;
  const supervisor = new Supervisor({
    count: workers,
    fork: forkWorker,
    free: (node, wasTold) =>
      node === undefined ? crashes.checkNeighbours() : rescue.ofEnded([node], wasTold ? 'stopped' : undefined),
    clock: systemClock,
    log,
  });
  const app = new Hono();
  app.route(mountPath, jobs.routes);
  app.get('/', (c) => c.redirect(mountPath));
  answer = getRequestListener(app.fetch);
  jobs.attachWebSocket(server);
  let stopping = false;
  stopOnSignals(
    {
      stop: async () => {
        stopping = true;
        server.close();
        // Jobs left behind by worker processes are released before the database closes.
        await supervisor.stop(WORKERS_STOP);
        await jobs.stop();
        server.closeAllConnections();
      },
      halt: async () => {
        await Promise.all([supervisor.halt(), jobs.halt()]);
      },
      say: (line) => screen.say(line),
      exit: (code) => process.exit(code),
    },
    process,
    () => systemClock.now(),
  );
  await jobs.start();
  supervisor.start();
  await Promise.race([jobs.internals.site.plugins.firstStart, pause(systemClock, SETTLE)]);
  if (stopping) return;
  const url = `http://${hostInUrl(hostname)}:${port}${mountPath}`;
  screen.started({
    version: version(),
    node: process.versions.node,
    info: jobs.info(),
    plugins: await jobs.plugins.list(),
    schedules: await jobs.schedules.list(),
    url,
    configFile,
    link: config.authorize ? undefined : await signInLink(jobs, url, env),
    port: { wanted: chosen === undefined ? PORT : port, got: port },
    slots: config.queue?.maxConcurrentJobs ?? 5,
    workers,
  });
  await onStarted?.({ jobs, screen, url });
}

/** Only for a terminal, which a person reads; null: output for logs and machines must not contain a sign-in link. */
async function signInLink({ internals }: Assembled, url: string, env: Env): Promise<string | null | undefined> {
  const link = await (internals.site.services.get(SignIn) as SignIn | undefined)?.link?.(url);
  return link === undefined || (process.stdout.isTTY && logFormat(env) !== 'json') ? link : null;
}

function hostInUrl(hostname: string): string {
  if (['127.0.0.1', '0.0.0.0', '::'].includes(hostname)) return 'localhost';
  return hostname.includes(':') ? `[${hostname}]` : hostname;
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new JobsError('INVALID_CONFIG', 'PORT must be a whole number from 0 (any free port) to 65535.');
}
