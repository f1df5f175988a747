// A process that only runs jobs, without HTTP and schedules: on its own or under a supervisor.
import { type ChildProcess, fork } from 'node:child_process';
import type { JobsOptions } from '@phraseworks/jobs';
import { type Env, systemClock, systemEnv, systemRandom } from '@phraseworks/jobs/internals/base';
import { type Assembled, assemble } from '@phraseworks/jobs/internals/site';
import { watchForOrphan } from './orphan-watch.ts';
import { stopOnSignals } from './signals.ts';
import type { Answer, Order } from './worker-process.ts';

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
  const { core } = jobs.internals;
  const ends = {
    stop: () => jobs.stop(),
    halt: () => jobs.halt(),
    exit: (code: number) => process.exit(code),
  };
  const supervised = placeOf(env) !== undefined;
  if (supervised) {
    watchForOrphan(options.queue?.leaseDuration ?? 30_000, systemClock);
    followSupervisor({ ...ends, look: () => core.writes.requestClaim() });
  } else stopOnSignals({ ...ends, say }, process, () => systemClock.now());
  onOpen?.(jobs);
  await jobs.start();
  if (supervised) tellReady(core.identity.node);
  return jobs;
}

/** The supervisor sets this variable for its worker processes to their number; they run the same program. */
const MARK = 'JOBS_SUPERVISED';

/** The number of this process under its supervisor, from 1; undefined without a supervisor. */
export function placeOf(env: Env): number | undefined {
  return env[MARK] !== undefined && process.send ? Number(env[MARK]) : undefined;
}

/** Runs the program of this process once more, as a worker. */
export function forkWorker(number: number): ChildProcess {
  const [, program = '', ...args] = process.argv;
  return fork(program, args, {
    env: { ...systemEnv(), [MARK]: String(number) },
    // Two processes cannot share an inspector port.
    execArgv: process.execArgv.filter((arg) => !arg.startsWith('--inspect')),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

interface SupervisedDeps {
  stop: () => Promise<void>;
  halt: () => Promise<void>;
  /** Claims jobs that have become free. */
  look: () => void;
  /** Ends the process. */
  exit: (code: number) => void;
}

/** 128 plus the number of SIGTERM. */
const STOPPED_AT_ONCE = 143;

/** A terminal sends its signals to every process, so each one only stops gracefully; the supervisor orders an immediate stop. */
function followSupervisor({ stop, halt, look, exit }: SupervisedDeps): void {
  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    stop().then(
      () => answer({ stopped: true }, () => exit(0)),
      () => exit(1),
    );
  };
  process.on('message', (order: Order) => {
    if (order === 'stop') end();
    if (order === 'look') look();
    if (order === 'ping') answer({ pong: true });
    if (order === 'halt') void halt().finally(() => exit(STOPPED_AT_ONCE));
  });
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('disconnect', end);
  // The supervisor may have died while this process was starting.
  if (!process.connected) end();
}

const tellReady = (node: string): void => answer({ ready: node });

/** Always calls `sent`, even without a supervisor. */
function answer(message: Answer, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, sent);
  else sent();
}
