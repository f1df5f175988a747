// A resource that is loaded and kept up to date, shared by all components that show it; idle without any.

/** The value of a hook; a new object whenever something in it changes. */
export interface Snapshot<T> {
  /** The last response; null until there is one. */
  readonly value: T | null;
  /** Why the last request failed; the previous value stays. */
  readonly error: Error | null;
  /** Neither a response nor an error yet. */
  readonly loading: boolean;
}

export interface SourceOptions<T> {
  fetch(): Promise<T>;
  /** Calls `source.refresh()` or `source.change()` on changes; returns a function that stops this. */
  watch(source: Source<T>): () => void;
  /** Milliseconds between two requests, however much happens; 0 by default. */
  pause?: number;
  /** Called when the last component has unmounted. */
  onIdle(): void;
}

/** Milliseconds that a source stays without a component: React unmounts and remounts in strict mode. */
const GRACE = 100;

/** Milliseconds until a failed request is repeated. */
const RETRY = 5_000;

/** Before the first response, and always during server rendering. */
export const LOADING: Snapshot<never> = Object.freeze({ value: null, error: null, loading: true });
/** If nothing is loaded. */
export const NOTHING: Snapshot<never> = Object.freeze({ value: null, error: null, loading: false });

export class Source<T> {
  snapshot: Snapshot<T> = LOADING;
  readonly #options: SourceOptions<T>;
  readonly #listeners = new Set<() => void>();
  #stop: (() => void) | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #retrying: ReturnType<typeof setTimeout> | undefined;
  /** Changes made since the last request, whose response may not include them. */
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

  /** Fetches again; several calls during a fetch cause only one more. */
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

  /** Changes the last response, and one in progress; `change` leaves values unchanged that do not fit. */
  change(edit: (value: T) => T): void {
    const { value } = this.snapshot;
    if (this.#asking) this.#edits.push(edit);
    const next = value === null ? null : edit(value);
    if (next !== value) this.#set({ ...this.snapshot, value: next });
  }

  /** Null means that the job does not exist. */
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
