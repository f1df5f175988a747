// One worker process as its supervisor sees it: started, ready, told to stop, over.
import type { ChildProcess } from 'node:child_process';
import type { Cancel, Clock } from '../clock.ts';

/** What a supervisor says to its worker processes, and what they answer, over the channel between them. */
export type Order = 'stop' | 'halt' | 'look';
export interface Ready {
  /** The node that it is for the database. */
  ready: string;
}

/** A process that is not ready after this time, in milliseconds, never will be. */
const READY_WITHIN = 30_000;

export interface End {
  /** In words. */
  how: string;
  /** It had put back what it held. */
  inGoodOrder: boolean;
  /** Undefined: it was never ready. */
  node: string | undefined;
}

interface WorkerProcessDeps {
  child: ChildProcess;
  clock: Clock;
  onReady: () => void;
  /** Called once, with what ended it. */
  onEnd: (end: End) => void;
}

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #patience: Cancel;
  #node: string | undefined;
  /** Resolves when it is over. */
  readonly over: Promise<void>;

  constructor({ child, clock, onReady, onEnd }: WorkerProcessDeps) {
    this.#child = child;
    let late = false;
    this.#patience = clock.after(READY_WITHIN, () => {
      late = true;
      this.kill();
    });
    child.on('message', (message) => {
      const node = (message as Partial<Ready> | null)?.ready;
      if (this.#node !== undefined || typeof node !== 'string') return;
      this.#node = node;
      this.#patience();
      onReady();
    });
    this.over = new Promise((resolve) => {
      const ended = (how: string, inGoodOrder = false): void => {
        this.#patience();
        // Both events may come for one process.
        child.removeAllListeners('exit');
        onEnd({ how: late ? `was not ready within ${READY_WITHIN / 1_000} s` : how, inGoodOrder, node: this.#node });
        resolve();
      };
      child.once('exit', (code, signal) =>
        ended(signal ? `was ended by ${signal}` : `ended with code ${code}`, code === 0),
      );
      child.on('error', (error: NodeJS.ErrnoException) => {
        // A message that could not be sent is no end: the exit follows by itself.
        if (child.pid === undefined) ended(`cannot be started (${error.code ?? 'no code'})`);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get ready(): boolean {
    return this.#node !== undefined;
  }

  /** One that is not ready holds no job: it gets a plain signal. */
  tell(order: Order): void {
    if (this.ready && this.#child.connected) this.#child.send(order, () => {});
    else if (order !== 'look') this.#child.kill(order === 'stop' ? 'SIGTERM' : 'SIGKILL');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
