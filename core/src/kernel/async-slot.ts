// A value that running code has, and everything that it starts.
import { AsyncLocalStorage } from 'node:async_hooks';

/** One for the whole process: each storage that was ever used makes every promise slower, also when its job system has stopped. */
const storage = new AsyncLocalStorage<ReadonlyMap<object, unknown>>();

export class AsyncSlot<T> {
  get value(): T | undefined {
    return storage.getStore()?.get(this) as T | undefined;
  }

  /** `fn` has the value. */
  run<R>(value: T, fn: () => R): R {
    return storage.run(this.#with(value), fn);
  }

  /** From now on, the caller has the value. */
  enter(value: T): void {
    storage.enterWith(this.#with(value));
  }

  #with(value: T): ReadonlyMap<object, unknown> {
    return new Map(storage.getStore()).set(this, value);
  }
}
