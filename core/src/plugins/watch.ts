// Watches promises that a plugin may not await: their rejections are charged to the plugin and never end the process.
import type { Clock } from '../kernel/clock.ts';

/** A promise that knows whether its rejection is handled. */
class Watched<T> extends Promise<T> {
  watch: Watch | undefined;
  handled = false;

  // Derived promises are plain; they are tracked only if their rejection could get lost.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // `await`, `catch` and the combinators all call `then`.
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
  readonly #clock: Pick<Clock, 'soon'>;
  #open = 0;
  #failed: { promise: Watched<unknown>; error: unknown }[] | null = [];
  #drained: (() => void) | undefined;

  /** `stray` receives unhandled rejections after `settle` has resolved. */
  constructor(stray: (error: unknown) => void, clock: Pick<Clock, 'soon'>) {
    this.#stray = stray;
    this.#clock = clock;
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

  /** Resolves when all current promises have settled. Throws the first unhandled rejection. */
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
    // Keeps Node from reporting it, without marking it as handled.
    Promise.prototype.then.call(promise, undefined, () => {});
    if (this.#failed) this.#failed.push({ promise, error });
    else this.#clock.soon(() => promise.handled || this.#stray(error));
  }

  #over(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#drained?.();
  }
}
