// The side of a worker process that a supervisor started: says when it is ready, and ends when asked to, or when the supervisor is gone.
import { type ChildProcess, fork } from 'node:child_process';
import { type Env, systemEnv } from '@phraseworks/jobs/internals/base';
import type { Answer, Order } from './worker-process.ts';

/** Set by the supervisor for its own processes, to their number: they run the same program as it does. */
const MARK = 'JOBS_SUPERVISED';

/** The number of this process below its supervisor, from 1 on; undefined when it has none. */
export function placeOf(env: Env): number | undefined {
  return env[MARK] !== undefined && process.send ? Number(env[MARK]) : undefined;
}

/** Runs the program of this process once more, as a worker. */
export function forkWorker(number: number): ChildProcess {
  const [, program = '', ...args] = process.argv;
  return fork(program, args, {
    env: { ...systemEnv(), [MARK]: String(number) },
    // Two processes cannot be inspected at one port.
    execArgv: process.execArgv.filter((arg) => !arg.startsWith('--inspect')),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

interface SupervisedDeps {
  stop: () => Promise<void>;
  halt: () => Promise<void>;
  /** Claims what has come free. */
  look: () => void;
  /** Ends the process. */
  exit: (code: number) => void;
}

/** 128 plus the number of SIGTERM. */
const STOPPED_AT_ONCE = 143;

/** A signal stops in good order however often it comes, since a terminal sends it to all: the supervisor alone says when it is to be at once. */
export function followSupervisor({ stop, halt, look, exit }: SupervisedDeps): void {
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
  // It may have died while this process was starting.
  if (!process.connected) end();
}

export const tellReady = (node: string): void => answer({ ready: node });

/** `sent` is called in any case: the supervisor may be gone. */
function answer(message: Answer, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, sent);
  else sent();
}
