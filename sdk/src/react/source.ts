// One thing that is asked for and kept fresh, shared by all components that show it; without one, nothing runs.

/** What a hook answers; a new object whenever something in it changes. */
export interface Snapshot<T> {
  /** The last answer; null until there is one. */
  readonly value: T | null;
  /** Why the last question was not answered; the value before it stays. */
  readonly error: Error | null;
  /** Neither an answer yet nor an error. */
  readonly loading: boolean;
}

export interface SourceOptions<T> {
  fetch(): Promise<T>;
  /** Calls `source.refresh()` or `source.change()` when something happened; answers how to stop. */
  watch(source: Source<T>): () => void;
  /** Milliseconds between two questions, however much happens; 0 by default. */
  pause?: number;
  /** Called when the last component has left. */
  onIdle(): void;
}

/** Milliseconds a source goes on without a component: React leaves and returns at once in strict mode. */
const GRACE = 100;

/** Milliseconds until a server that could not answer is asked again. */
const RETRY = 5_000;

/** Before the first answer, and always while a server renders. */
export const LOADING: Snapshot<never> = Object.freeze({ value: null, error: null, loading: true });
/** Where nothing is asked for. */
export const NOTHING: Snapshot<never> = Object.freeze({ value: null, error: null, loading: false });

export class Source<T> {
  snapshot: Snapshot<T> = LOADING;
  readonly #options: SourceOptions<T>;
  readonly #listeners = new Set<() => void>();
  #stop: (() => void) | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #retrying: ReturnType<typeof setTimeout> | undefined;
  /** What was changed since the last question was asked: its answer may not know of it. */
  #edits: ((value: T) => T)[] = [];
  #asking = false;
  #again = false;

  constructor(options: SourceOptions<T>) {
    this.#options = options;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    clearTimeout(this.#leaving);
    if (this.#stop === undefined) {
      this.#stop = this.#options.watch(this);
      this.refresh();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#leaving = setTimeout(() => this.#leave(), GRACE);
    };
  }

  /** Fetches again; several calls while a fetch is under way lead to one more, not to many. */
  refresh = (): void => {
    if (this.#stop === undefined) return;
    this.#again = this.#asking || this.#waiting !== undefined;
    if (this.#again) return;
    this.#asking = true;
    clearTimeout(this.#retrying);
    this.#options.fetch().then(
      (value) => this.#answered({ value: this.#edited(value), error: null, loading: false }),
      (error: Error) => this.#answered({ value: this.snapshot.value, error, loading: false }),
    );
  };

  /** Changes the last answer, and one that is on its way; what does not fit it leaves as it is. */
  change(edit: (value: T) => T): void {
    const { value } = this.snapshot;
    if (this.#asking) this.#edits.push(edit);
    const next = value === null ? null : edit(value);
    if (next !== value) this.#set({ ...this.snapshot, value: next });
  }

  /** Null is a job that is not there. */
  #edited(value: T): T {
    return value === null ? value : this.#edits.reduce<T>((last, edit) => edit(last), value);
  }

  #answered(snapshot: Snapshot<T>): void {
    this.#asking = false;
    this.#edits = [];
    if (this.#stop === undefined) return;
    this.#set(snapshot);
    const { code } = (snapshot.error ?? {}) as { code?: string };
    if (code === 'UNAVAILABLE') this.#retrying = setTimeout(this.refresh, RETRY);
    const { pause = 0 } = this.#options;
    const repeat = (): void => {
      this.#waiting = undefined;
      if (this.#again) this.refresh();
    };
    if (pause > 0) this.#waiting = setTimeout(repeat, pause);
    else repeat();
  }

  #set(snapshot: Snapshot<T>): void {
    this.snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener();
  }

  #leave(): void {
    clearTimeout(this.#waiting);
    clearTimeout(this.#retrying);
    this.#waiting = undefined;
    this.#stop?.();
    this.#stop = undefined;
    this.#options.onIdle();
  }
}
