// The transaction that the running code is in, by its async context: so that nothing waits for a lock that it holds itself.
import { JobsError } from '@phraseworks/sdk';
import { AsyncSlot } from '../kernel/async-slot.ts';

/** A transaction of a plugin or of the host, or a connection that a plugin keeps. */
export interface OpenTransaction {
  /** For messages: `the plugin "shop"`, `the application`. */
  readonly owner: string;
  readonly isOpen: boolean;
  /** It has the connection that the core writes with on SQLite. */
  readonly hasConnection: boolean;
}

export class TransactionContext {
  readonly #context = new AsyncSlot<OpenTransaction>();

  /** Undefined outside, and after its end: code that it started may still run. */
  get current(): OpenTransaction | undefined {
    const found = this.#context.value;
    return found?.isOpen ? found : undefined;
  }

  get hasConnection(): boolean {
    return this.current?.hasConnection === true;
  }

  run<R>(transaction: OpenTransaction, fn: () => R): R {
    return this.#context.run(transaction, fn);
  }

  /** From now on, the caller is in this transaction. */
  enter(transaction: OpenTransaction): void {
    this.#context.enter(transaction);
  }

  /** Throws `INVALID_STATE` inside a transaction, on every engine: on SQLite the call would wait for the transaction, and the transaction for the call. */
  refuse(call: string): void {
    const { current } = this;
    if (current) throw new JobsError('INVALID_STATE', `${call} inside an open transaction of ${current.owner}: ${FIX}`);
  }
}

const FIX =
  'it writes on a connection of its own, which would wait for the transaction. Call it after the transaction. addJob(), addJobs(), cancelAbout(), signalJob() and ctx.db work inside.';
