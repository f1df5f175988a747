// One worker process as seen by its supervisor: started, ready, asked to stop, ended.
import type { ChildProcess } from 'node:child_process';
import type { Cancel, Clock } from '@phraseworks/jobs/internals/base';

/** Messages from the supervisor, and the answers of a worker process. */
export type Order = 'stop' | 'halt' | 'look' | 'ping';
export interface Answer {
  /** The id of its node in the database. */
  ready?: string;
  /** Its event loop is alive. */
  pong?: true;
  /** It has released its jobs and is about to end. */
  stopped?: true;
}

/** Milliseconds between two pings. */
export const PING_EVERY = 1_000;

export interface End {
  /** In words. */
  how: string;
  /** It had released its jobs. */
  inGoodOrder: boolean;
  /** It had been asked to end. */
  wasTold: boolean;
  /** It was killed because it was not ready in time. */
  wasLate: boolean;
  /** Undefined: it was never ready. */
  node: string | undefined;
}

interface WorkerProcessDeps {
  child: ChildProcess;
  clock: Clock;
  /** Milliseconds after which a process that is not ready is killed. */
  readyWithin: number;
  /** Milliseconds without an answer after which a process counts as hung. */
  hungAfter: number;
  onReady: () => void;
  /** Called once, with what ended it. */
  onEnd: (end: End) => void;
}

export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #patience: Cancel;
  readonly #hungAfter: number;
  #node: string | undefined;
  #wasTold = false;
  #wasLate = false;
  #hasStopped = false;
  /** Pings since the last answer. They are counted, not timed: while the whole machine is suspended, no process can answer. */
  #unanswered = 0;
  /** Why the supervisor killed it. */
  #killedFor: string | undefined;
  /** Resolves when it has exited. */
  readonly over: Promise<void>;

  constructor({ child, clock, readyWithin, hungAfter, onReady, onEnd }: WorkerProcessDeps) {
    this.#child = child;
    this.#hungAfter = hungAfter;
    this.#patience = clock.after(readyWithin, () => {
      this.#wasLate = true;
      this.kill(`was not ready within ${readyWithin / 1_000} s`);
    });
    child.on('message', (message) => {
      const { ready, pong, stopped } = (message ?? {}) as Answer;
      if (pong) this.#unanswered = 0;
      if (stopped) this.#hasStopped = true;
      if (this.#node !== undefined || typeof ready !== 'string') return;
      this.#node = ready;
      this.#patience();
      onReady();
    });
    this.over = new Promise((resolve) => {
      const ended = (how: string): void => {
        this.#patience();
        // Both events may come for one process.
        child.removeAllListeners('exit');
        onEnd({
          how: this.#killedFor ?? how,
          inGoodOrder: this.#hasStopped,
          wasTold: this.#wasTold,
          wasLate: this.#wasLate,
          node: this.#node,
        });
        resolve();
      };
      child.once('exit', (code, signal) => {
        // A processor may have called process.exit(): that is a crash, whatever the code says.
        const abruptly = code === 0 && !this.#hasStopped ? ' without a stop' : '';
        ended(signal ? `was ended by ${signal}` : `ended with code ${code}${abruptly}`);
      });
      child.on('error', (error: NodeJS.ErrnoException) => {
        // A failed message does not end the process; an exit event would follow.
        if (child.pid === undefined) ended(`cannot be started (${error.code ?? 'no code'})`);
      });
    });
  }

  get ready(): boolean {
    return this.#node !== undefined;
  }

  /** A process that is not ready holds no jobs, so it gets a plain signal. */
  tell(order: Order): void {
    const isEnd = order === 'stop' || order === 'halt';
    this.#wasTold ||= isEnd;
    if (this.ready && this.#child.connected) this.#child.send(order, () => {});
    else if (isEnd) this.#child.kill(order === 'stop' ? 'SIGTERM' : 'SIGKILL');
  }

  /** Called every `PING_EVERY` ms; kills a process that has not answered for too long. */
  ping(): void {
    if (!this.ready) return;
    if (this.#unanswered * PING_EVERY >= this.#hungAfter) {
      this.kill(`did not answer for ${Math.round(this.#hungAfter / 1_000)} s (a processor blocks it) and was killed`);
      return;
    }
    this.#unanswered += 1;
    this.tell('ping');
  }

  kill(why?: string): void {
    this.#killedFor ??= why;
    this.#child.kill('SIGKILL');
  }
}
