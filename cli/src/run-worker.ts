// A process that only runs jobs, without HTTP and schedules: on its own or under a supervisor.
import cluster from 'node:cluster';
import { Worker } from 'node:worker_threads';
import type { JobsOptions } from '@phraseworks/jobs';
import { type Clock, systemClock, systemEnv, systemRandom } from '@phraseworks/jobs/internals/base';
import { type Assembled, assemble } from '@phraseworks/jobs/internals/site';
import { SIGNAL_CODES, stopOnSignals } from './signals.ts';
import { BLOCKED, type Order, type Ready, workerNumber } from './supervisor.ts';

export interface WorkerOptions {
  options: JobsOptions;
  /** For lines about the stop. */
  say: (line: string) => void;
  /** Called before the first claim. */
  onOpen?: (jobs: Assembled) => void;
}

/** Resolves when it claims jobs. Throws what `createJobs()` throws. */
export async function runWorker({ options, say, onOpen }: WorkerOptions): Promise<Assembled> {
  const env = systemEnv();
  const jobs = await assemble(
    { ...options, roles: ['worker'], default: true },
    { clock: systemClock, random: systemRandom, env, patience: Number.POSITIVE_INFINITY },
  );
  const ends = {
    stop: () => jobs.stop(),
    halt: () => jobs.halt(),
    exit: (code: number) => process.exit(code),
  };
  const { core } = jobs.internals;
  const isSupervised = workerNumber(env) !== undefined;
  if (isSupervised) {
    endIfBlocked(options.queue?.leaseDuration ?? 30_000, systemClock);
    followSupervisor({ ...ends, look: () => core.writes.requestClaim() });
  } else stopOnSignals({ ...ends, say }, process, () => systemClock.now());
  onOpen?.(jobs);
  await jobs.start();
  const ready: Ready = { ready: core.identity.node };
  // An error without a listener ends the process with its jobs; that the supervisor has died, `disconnect` says as well.
  if (isSupervised && process.connected) process.send?.(ready, undefined, undefined, () => {});
  return jobs;
}

interface SupervisedDeps {
  stop: () => Promise<void>;
  halt: () => Promise<void>;
  /** Claims jobs that have become free. */
  look: () => void;
  /** Ends the process. */
  exit: (code: number) => void;
}

/** A terminal sends its signals to every process, so each one only stops gracefully; the supervisor orders an immediate stop. */
function followSupervisor({ stop, halt, look, exit }: SupervisedDeps): void {
  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    stop().then(
      () => exit(0),
      () => exit(1),
    );
  };
  process.on('message', (order: Order) => {
    if (order === 'stop') end();
    if (order === 'look') look();
    if (order === 'halt') void halt().finally(() => exit(SIGNAL_CODES.SIGTERM));
  });
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('disconnect', end);
  // Otherwise Node ends it without a stop when the supervisor dies.
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
  // The supervisor may have died while this process was starting.
  if (!process.connected) end();
}

/** Milliseconds between two signs of life. */
const BEAT = 1_000;

/** Runs where the event loop of the process does not matter. Text, so that it needs neither a file nor a loader. Beats are counted, not timed: a suspended machine sends no beats. */
const WATCH = `
const { workerData: { beats, every, limit, signal } } = require('node:worker_threads');
let last = -1;
let missed = 0;
setInterval(() => {
  const beat = Atomics.load(beats, 0);
  missed = beat === last ? missed + 1 : 0;
  last = beat;
  if (missed * every >= limit) process.kill(process.pid, signal);
}, every);
`;

/** Ends this process when its event loop has been blocked for `limit` milliseconds, also if its supervisor is gone. */
function endIfBlocked(limit: number, clock: Clock): void {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const beat = (): void => {
    Atomics.add(beats, 0, 1);
    clock.after(BEAT, beat);
  };
  beat();
  const thread = new Worker(WATCH, {
    eval: true,
    execArgv: [],
    workerData: { beats, every: BEAT, limit, signal: BLOCKED },
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 },
  });
  thread.unref();
  // Without it the process works all the same.
  thread.on('error', () => {});
}
