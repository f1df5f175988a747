// A signal: a lower service emits it without knowing the higher services that listen.
import type { Dispose } from '@phraseworks/sdk';

export class Signal<T> {
  readonly #listeners = new Set<(news: T) => unknown>();

  on(listener: (news: T) => unknown): Dispose {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls all listeners without waiting. Throws the first error. */
  emit(news: T): void {
    for (const listener of this.#listeners) listener(news);
  }

  /** Calls all listeners and waits for them. Throws the first error. */
  async emitAndWait(news: T): Promise<void> {
    const results = await Promise.allSettled([...this.#listeners].map(async (listener) => listener(news)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}
