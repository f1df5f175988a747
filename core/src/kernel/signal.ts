// News of a lower part for higher ones: they listen, and the lower part knows none of them.
import type { Dispose } from '@phraseworks/sdk';

export class Signal<T> {
  readonly #listeners = new Set<(news: T) => unknown>();

  on(listener: (news: T) => unknown): Dispose {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls all listeners, and waits for none. Throws what the first of them throws. */
  emit(news: T): void {
    for (const listener of this.#listeners) listener(news);
  }

  /** Calls all listeners and waits for them all. Throws what the first of them threw. */
  async emitAndWait(news: T): Promise<void> {
    const told = await Promise.allSettled([...this.#listeners].map(async (listener) => listener(news)));
    for (const one of told) if (one.status === 'rejected') throw one.reason;
  }
}
