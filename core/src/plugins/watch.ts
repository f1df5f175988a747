// Promises that a plugin was given and perhaps did not await: a rejection is charged to it and never ends the process.

/** A promise that knows whether somebody has taken over its rejection. */
class Watched<T> extends Promise<T> {
  watch: Watch | undefined;
  handled = false;

  // `await`, `catch` and the combinators all come through here.
  // biome-ignore lint/suspicious/noThenProperty: this is the promise's own then
  override then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.handled = true;
    const next = super.then(done, failed);
    // The rejection goes on into a promise that may itself be forgotten.
    if (typeof failed !== 'function') this.watch?.follow(next);
    return next;
  }

  override finally(done?: (() => void) | null): Promise<T> {
    const next = super.finally(done);
    this.watch?.follow(next);
    return next;
  }
}

export class Watch {
  readonly #open = new Set<Watched<unknown>>();
  readonly #stray: (error: unknown) => void;
  readonly #soon: (fn: () => void) => void;
  #failed: { promise: Watched<unknown>; error: unknown }[] | null = [];
  #drained: (() => void) | undefined;

  /** `stray` hears of rejections that nobody took over, once `settle` has answered. */
  constructor(stray: (error: unknown) => void, soon: (fn: () => void) => void) {
    this.#stray = stray;
    this.#soon = soon;
  }

  track<T>(promise: Promise<T>): Promise<T> {
    const watched = new Watched<T>((resolve, reject) => {
      promise.then(resolve, reject);
    });
    this.follow(watched);
    return watched;
  }

  follow(promise: unknown): void {
    if (!(promise instanceof Watched)) return;
    promise.watch = this;
    this.#open.add(promise);
    const over = () => {
      this.#open.delete(promise);
      if (this.#open.size === 0) this.#drained?.();
    };
    // Not by the promise's own `then`, which counts as taking over.
    Promise.prototype.then.call(promise, over, (error: unknown) => {
      over();
      if (this.#failed) this.#failed.push({ promise, error });
      else this.#soon(() => promise.handled || this.#stray(error));
    });
  }

  /** Resolves when all promises of now are over. Throws the first rejection that nobody took over. */
  async settle(): Promise<void> {
    if (this.#open.size > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    const failed = this.#failed ?? [];
    this.#failed = null;
    const forgotten = failed.find(({ promise }) => !promise.handled);
    if (forgotten) throw forgotten.error;
  }
}
