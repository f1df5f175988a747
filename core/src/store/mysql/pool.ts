// The connections of one process: limited in number, configured alike, passed from one caller to the next.
import type { ConnectionOptions } from 'mysql2';
import type { Clock } from '../../kernel/clock.ts';
import { unavailable } from '../dialect.ts';
import type { Endpoint } from './connection.ts';
import { inOurWords } from './errors.ts';
import { failure, type Session } from './session.ts';

/** In milliseconds. */
const WAIT_FOR_A_CONNECTION = 8_000;

interface Waiting {
  resolve: (session: Session) => void;
  reject: (error: unknown) => void;
  cancel: () => void;
}

const closed = (): Error => unavailable('it was closed');

export class Pool {
  readonly #needs;
  #idle: Session[] = [];
  #waiting: Waiting[] = [];
  #open = 0;
  #closed = false;

  constructor(needs: {
    endpoint: Endpoint;
    most: number;
    clock: Clock;
    setUp: (session: Session) => Promise<void>;
    options?: ConnectionOptions;
  }) {
    this.#needs = needs;
  }

  /** In use. */
  get busy(): number {
    return this.#open - this.#idle.length;
  }

  /** Lends a connection for as long as `work` lasts. */
  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.acquire();
    try {
      return await work(session);
    } finally {
      this.release(session);
    }
  }

  /** Throws in our words. */
  async acquire(): Promise<Session> {
    if (this.#closed) throw closed();
    this.#needs.endpoint.lookBack();
    for (let session = this.#idle.pop(); session; session = this.#idle.pop()) {
      if (this.#usable(session)) return session;
      this.#forget(session);
    }
    if (this.#open >= this.#needs.most) return this.#wait();
    this.#open += 1;
    try {
      return await this.#needs.endpoint.connect(this.#needs.setUp, this.#needs.options);
    } catch (error) {
      this.#open -= 1;
      this.#serve();
      throw inOurWords(error);
    }
  }

  release(session: Session): void {
    if (session.broken) this.#needs.endpoint.suspect(session);
    if (this.#closed || !this.#usable(session)) {
      this.#forget(session);
      this.#serve();
      return;
    }
    const next = this.#waiting.shift();
    if (!next) {
      this.#idle.push(session);
      return;
    }
    next.cancel();
    next.resolve(session);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) {
      waiting.cancel();
      waiting.reject(closed());
    }
    for (const session of this.#idle.splice(0)) this.#forget(session);
  }

  #usable(session: Session): boolean {
    return !session.broken && session.generation === this.#needs.endpoint.generation;
  }

  #forget(session: Session): void {
    session.destroy();
    this.#open -= 1;
  }

  #wait(): Promise<Session> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        resolve,
        reject,
        cancel: this.#needs.clock.after(WAIT_FOR_A_CONNECTION, () => {
          this.#waiting = this.#waiting.filter((other) => other !== waiting);
          reject(inOurWords(failure('PWJ_NO_CONNECTION')));
        }),
      };
      this.#waiting.push(waiting);
    });
  }

  /** A slot is free: give the longest waiting caller a connection. */
  #serve(): void {
    const next = this.#waiting.shift();
    if (!next) return;
    next.cancel();
    this.acquire().then(next.resolve, next.reject);
  }
}
