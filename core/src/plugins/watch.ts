// Promises that a plugin was given and perhaps did not await: a rejection is charged to it and never ends the process.

/** A promise that knows whether somebody has taken over its rejection. */
class Watched<T> extends Promise<T> {
  watch: Watch | undefined;
  handled = false;

  // What is derived is watched only where a rejection would get lost in it.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // `await`, `catch` and the combinators all come through here.
  // biome-ignore lint/suspicious/noThenProperty: this is the promise's own then
  override then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.handled = true;
    const next = super.then(done, failed);
    return typeof failed === 'function' || !this.watch ? next : this.watch.track(next);
  }

  override finally(done?: (() => void) | null): Promise<T> {
    const next = super.finally(done);
    return this.watch?.track(next) ?? next;
  }
}

export class Watch {
  readonly #stray: (error: unknown) => void;
  readonly #soon: (fn: () => void) => void;
  #open = 0;
  #failed: { promise: Watched<unknown>; error: unknown }[] | null = [];
  #drained: (() => void) | undefined;

  /** `stray` gets rejections without a handler, once `settle` has resolved. */
  constructor(stray: (error: unknown) => void, soon: (fn: () => void) => void) {
    this.#stray = stray;
    this.#soon = soon;
  }

  track<T>(promise: Promise<T>): Promise<T> {
    this.#open += 1;
    const watched = new Watched<T>((resolve, reject) => {
      const done = (value: T) => {
        resolve(value);
        this.#over();
      };
      promise.then(done, (error: unknown) => {
        reject(error);
        this.#rejected(watched, error);
        this.#over();
      });
    });
    watched.watch = this;
    return watched;
  }

  /** Resolves when all promises of this moment have settled. Throws the first rejection without a handler. */
  async settle(): Promise<void> {
    if (this.#open > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    const failed = this.#failed ?? [];
    this.#failed = null;
    const forgotten = failed.find(({ promise }) => !promise.handled);
    if (forgotten) throw forgotten.error;
  }

  #rejected(promise: Watched<unknown>, error: unknown): void {
    // Keeps Node from seeing it, without taking it over.
    Promise.prototype.then.call(promise, undefined, () => {});
    if (this.#failed) this.#failed.push({ promise, error });
    else this.#soon(() => promise.handled || this.#stray(error));
  }

  #over(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#drained?.();
  }
}
