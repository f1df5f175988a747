// The processes of `--workers N`, which node:cluster starts: replaces one that ends, and releases its jobs at once.
import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import { parseArgs } from 'node:util';
import { type Cancel, type Clock, type Env, type Logger, messageOf, pause } from '@phraseworks/jobs/internals/base';
import { JobsError } from '@phraseworks/sdk';

/** How long `halt` waits for the processes, in milliseconds. */
const HALT = 1_500;

/** Set for a worker process: its number, from 1. */
const MARK = 'JOBS_WORKER';
/** What ends a worker process whose event loop is blocked: unlike SIGKILL, nothing else sends it. */
export const BLOCKED = process.platform === 'win32' ? 'SIGKILL' : 'SIGALRM';

/** A message to a worker process. */
export type Order = 'stop' | 'halt' | 'look';
/** What it answers when it claims jobs. */
export interface Ready {
  /** The id of its node in the database. */
  ready: string;
}

/** The number of this process among the worker processes; undefined in any other process. */
export const workerNumber = (env: Env): number | undefined =>
  cluster.isWorker && env[MARK] !== undefined ? Number(env[MARK]) : undefined;

/** Runs the program of this process once more, as a worker. */
export function forkWorker(number: number): ChildProcess {
  cluster.setupPrimary({ stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const worker = cluster.fork({ [MARK]: number });
  // Its process reports the same error.
  worker.on('error', () => {});
  return worker.process;
}

interface SupervisorDeps {
  /** Worker processes. */
  count: number;
  /** Starts the process with this number, from 1 on. */
  fork: (number: number) => ChildProcess;
  /** Releases the jobs of a process that has ended; without `node`, those of all processes known to be dead. `wasTold`: it had been asked to stop. */
  free: (node: string | undefined, wasTold: boolean) => Promise<unknown>;
  clock: Clock;
  log: Logger;
}

/** One of the processes, and those that replace it. */
interface Place {
  number: number;
  /** Processes of this place that ended early, one after the other. */
  early: number;
  child?: ChildProcess | undefined;
  /** The node of the process; undefined until it is ready. */
  node?: string | undefined;
  /** Cancels the start of the next process. */
  cancel: Cancel;
}

export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #places: readonly Place[];
  #stopping = false;
  #freeing: Promise<unknown> = Promise.resolve();

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#places = Array.from({ length: deps.count }, (_, i) => ({
      number: i + 1,
      early: 0,
      cancel: () => {},
    }));
  }

  start(): void {
    for (const place of this.#places) this.#launch(place);
  }

  /** Asks all processes to stop gracefully, and kills them after `timeout` ms. */
  stop(timeout: number): Promise<void> {
    return this.#end('stop', timeout);
  }

  /** Asks all processes to release their jobs and end immediately. */
  halt(): Promise<void> {
    return this.#end('halt', HALT);
  }

  async #end(order: Order, timeout: number): Promise<void> {
    this.#stopping = true;
    const exit = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));
    const all = Promise.all(this.#places.map(({ child }) => child && exit(child)));
    for (const place of this.#places) {
      place.cancel();
      // A process that is not ready holds no jobs.
      if (place.node === undefined) place.child?.kill(order === 'stop' ? 'SIGTERM' : 'SIGKILL');
      else tell(place, order);
    }
    const ended = new AbortController();
    void all.then(() => ended.abort());
    await pause(this.#deps.clock, timeout, ended.signal);
    for (const { child } of this.#places) child?.kill('SIGKILL');
    await all;
    // Without a database this would not end; another process or the next start releases the jobs.
    await Promise.race([this.#freeing, pause(this.#deps.clock, HALT)]);
  }

  #launch(place: Place): void {
    const { fork, clock } = this.#deps;
    const since = clock.now();
    const failed = (error: NodeJS.ErrnoException) =>
      this.#ended(place, `cannot be started (${error.code ?? 'no code'})`, 0);
    let child: ChildProcess;
    try {
      child = fork(place.number);
    } catch (error) {
      // Node throws if there is no memory for a process; other failures arrive later as events.
      failed(error as NodeJS.ErrnoException);
      return;
    }
    place.child = child;
    // However long it takes: it may have to wait for the database, or for a busy machine.
    child.once('message', ({ ready }: Ready) => {
      place.node = ready;
    });
    child.once('exit', (code, signal) => this.#ended(place, howEnded(code, signal), clock.now() - since));
    child.on('error', (error: NodeJS.ErrnoException) => {
      // A failed message does not end the process, and what could not be started may end as well.
      if (child.pid !== undefined) return;
      child.removeAllListeners('exit');
      failed(error);
    });
  }

  #ended(place: Place, how: string, lived: number): void {
    const { clock, log } = this.#deps;
    const { child, node } = place;
    place.child = undefined;
    place.node = undefined;
    if (child?.pid !== undefined) this.#freeing = Promise.all([this.#freeing, this.#free(node, this.#stopping)]);
    if (this.#stopping) return;
    if (lived >= LIVED) place.early = 0;
    const delay = pauseAfter(place.early);
    place.early += 1;
    log.warn(`Worker process ${place.number} ${how}: the next one starts ${delay === 0 ? 'now' : `in ${delay} ms`}.`);
    place.cancel = clock.after(delay, () => this.#launch(place));
  }

  async #free(node: string | undefined, wasTold: boolean): Promise<void> {
    try {
      await this.#deps.free(node, wasTold);
      for (const place of this.#places) if (place.node !== undefined) tell(place, 'look');
    } catch (error) {
      this.#deps.log.error(
        `Cannot release the jobs of a worker process, a sweep will do it later: ${messageOf(error)}`,
      );
    }
  }
}

/** To a process that has just died this fails, and its exit follows. */
const tell = ({ child }: Place, order: Order): void => void (child?.connected && child.send(order, () => {}));

function howEnded(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === null) return `ended with code ${code}`;
  return signal === 'SIGALRM' ? 'was ended because a processor blocked it' : `was ended by ${signal}`;
}

/** After this time, in milliseconds, the start of a process counts as successful. */
const LIVED = 10_000;
const FIRST = 500;
const LONGEST = 30_000;

/** Milliseconds until a process is replaced: none the first time, then more while its successors end early, too. */
const pauseAfter = (early: number): number => (early === 0 ? 0 : Math.min(FIRST * 2 ** (early - 1), LONGEST));

const MOST = 64;

/** `--workers N`: worker processes besides this one; 0: this process works. Other arguments are left alone. Throws `INVALID_CONFIG`. */
export function workersOption(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: { workers: { type: 'string', default: '0' } },
    strict: false,
  });
  const workers = /^\d+$/.test(String(values.workers)) ? Number(values.workers) : Number.NaN;
  if (workers <= MOST) return workers;
  throw new JobsError('INVALID_CONFIG', `--workers must be a whole number from 0 to ${MOST}.`);
}
