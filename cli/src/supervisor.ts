// Keeps a number of worker processes running: replaces one that dies, and releases its jobs immediately.
import type { ChildProcess } from 'node:child_process';
import { type Cancel, type Clock, type Logger, messageOf, pause } from '@phraseworks/jobs/internals/base';
import { JobsError } from '@phraseworks/sdk';
import { type Order, PING_EVERY, WorkerProcess } from './worker-process.ts';

/** Milliseconds that a process has to get ready, at first and at most. */
const READY_WITHIN = 30_000;
const LONGEST_READY = 240_000;
/** How long `halt` waits for the processes, in milliseconds. */
const HALT = 1_500;

interface SupervisorDeps {
  /** Worker processes. */
  count: number;
  /** How many start at a time: more would only slow each other down. */
  startsAtOnce: number;
  /** Starts the process with this number, from 1 on. */
  fork: (number: number) => ChildProcess;
  /** Releases the jobs of a process that has ended; without `node`, those of all processes known to be dead. `wasTold`: it had been asked to stop. */
  free: (node: string | undefined, wasTold: boolean) => Promise<unknown>;
  /** A process that does not answer for this time is killed, in milliseconds. */
  hungAfter: number;
  clock: Clock;
  log: Logger;
}

interface Place {
  number: number;
  delay: RestartDelay;
  /** Milliseconds that its next process has to get ready: doubled when one was too slow. */
  readyWithin: number;
  process?: WorkerProcess;
  /** Cancels the start of the next process. */
  next?: Cancel;
}

export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #places: readonly Place[];
  readonly #waiting = new Set<() => void>();
  /** Places whose turn to start has not come. */
  readonly #queue: Place[] = [];
  #starting = 0;
  #open = false;
  #nextPing: Cancel | undefined;
  #freeing: Promise<unknown> = Promise.resolve();

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#places = Array.from({ length: deps.count }, (_, i) => ({
      number: i + 1,
      delay: new RestartDelay(),
      readyWithin: READY_WITHIN,
    }));
  }

  start(): void {
    this.#open = true;
    for (const place of this.#places) this.#enqueue(place);
    this.#ping();
  }

  /** Resolves when every process is ready, or the supervisor stops. */
  async ready(): Promise<void> {
    while (this.#open && !this.#places.every((place) => place.process?.ready)) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
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
    this.#open = false;
    this.#nextPing?.();
    this.#wake();
    for (const { next } of this.#places) next?.();
    const running = this.#places.flatMap((place) => place.process ?? []);
    for (const process of running) process.tell(order);
    const all = Promise.all(running.map((process) => process.over));
    const waited = new AbortController();
    void all.then(() => waited.abort());
    await pause(this.#deps.clock, timeout, waited.signal);
    for (const place of this.#places) place.process?.kill();
    await all;
    // Without a database this would not end; another process or the next start releases the jobs.
    await Promise.race([this.#freeing, pause(this.#deps.clock, HALT)]);
  }

  #enqueue(place: Place): void {
    this.#queue.push(place);
    this.#startNext();
  }

  #startNext(): void {
    while (this.#open && this.#starting < this.#deps.startsAtOnce) {
      const place = this.#queue.shift();
      if (!place) return;
      this.#fill(place);
    }
  }

  #fill(place: Place): void {
    const { fork, clock, hungAfter } = this.#deps;
    const since = clock.now();
    this.#starting += 1;
    let isStarting = true;
    const started = (): void => {
      if (isStarting) this.#starting -= 1;
      isStarting = false;
      this.#startNext();
    };
    let child: ChildProcess;
    try {
      child = fork(place.number);
    } catch (error) {
      // Node throws if there is no memory for a process; other failures arrive later as events.
      this.#refill(place, `cannot be started (${(error as NodeJS.ErrnoException).code ?? 'no code'})`, 0);
      started();
      return;
    }
    place.process = new WorkerProcess({
      child,
      clock,
      readyWithin: place.readyWithin,
      hungAfter,
      onReady: () => {
        place.readyWithin = READY_WITHIN;
        started();
        this.#wake();
      },
      onEnd: ({ how, inGoodOrder, wasTold, wasLate, node }) => {
        delete place.process;
        if (wasLate) place.readyWithin = Math.min(place.readyWithin * 2, LONGEST_READY);
        if (!inGoodOrder) this.#freeing = Promise.all([this.#freeing, this.#free(node, wasTold)]);
        // A process that never got ready has not lived, however long it took.
        if (this.#open) this.#refill(place, how, wasLate ? 0 : clock.now() - since);
        started();
      },
    });
  }

  #ping(): void {
    this.#nextPing = this.#deps.clock.after(PING_EVERY, () => {
      for (const { process } of this.#places) process?.ping();
      this.#ping();
    });
  }

  #refill(place: Place, how: string, lived: number): void {
    const { clock, log } = this.#deps;
    const delay = place.delay.after(lived);
    log.warn(`Worker process ${place.number} ${how}: the next one starts ${delay === 0 ? 'now' : `in ${delay} ms`}.`);
    place.next = clock.after(delay, () => this.#open && this.#enqueue(place));
  }

  async #free(node: string | undefined, wasTold: boolean): Promise<void> {
    try {
      await this.#deps.free(node, wasTold);
      for (const { process } of this.#places) process?.tell('look');
    } catch (error) {
      this.#deps.log.error(
        `Cannot release the jobs of a worker process, a sweep will do it later: ${messageOf(error)}`,
      );
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** After this time, in milliseconds, the start of a process counts as successful. */
const LIVED = 10_000;
const FIRST = 500;
const LONGEST = 30_000;

/** How long to wait before replacing a dead worker process: not at all the first time, then longer while it keeps dying. */
export class RestartDelay {
  #quick = 0;

  /** In milliseconds, for a process that lived for `lived` ms. */
  after(lived: number): number {
    if (lived >= LIVED) this.#quick = 0;
    const delay = this.#quick === 0 ? 0 : Math.min(FIRST * 2 ** (this.#quick - 1), LONGEST);
    this.#quick += 1;
    return delay;
  }
}

const MOST = 64;

interface WorkersOption {
  /** Worker processes besides this one; 0: only this process works. */
  workers: number;
  /** This process also runs jobs. */
  withWorker: boolean;
}

/** `--workers N` or `--workers=N`, and `--with-worker`; other arguments are left alone. Throws `INVALID_CONFIG`. */
export function workersOption(args: readonly string[]): WorkersOption {
  const at = args.findIndex((arg) => arg === '--workers' || arg.startsWith('--workers='));
  const withWorker = args.includes('--with-worker');
  if (at < 0) return { workers: 0, withWorker };
  const arg = args[at] ?? '';
  const text = arg === '--workers' ? args[at + 1] : arg.slice('--workers='.length);
  const workers = Number(text);
  if (text === undefined || text.trim() === '' || !Number.isInteger(workers) || workers < 0 || workers > MOST) {
    throw new JobsError('INVALID_CONFIG', `--workers must be a whole number from 0 to ${MOST}.`);
  }
  return { workers, withWorker };
}
