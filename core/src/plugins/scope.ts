// A scope: everything that a plugin (or the application) registered. Closing it undoes that, last in, first out.
import { setMaxListeners } from 'node:events';
import { type Dispose, JobsError } from '@phraseworks/sdk';
import { type Clock, withTimeout } from '../kernel/clock.ts';

export const KINDS = ['types', 'schedules', 'hooks', 'services', 'apps', 'panels', 'commands', 'timers'] as const;
export type Kind = (typeof KINDS)[number];
export type Footprint = Record<Kind, number>;

interface Entry {
  dispose: Dispose;
  kind: Kind | undefined;
  label: string;
}

/** Milliseconds allowed per undo. */
const LIMIT = 10_000;

export class Scope {
  readonly #entries = new Set<Entry>();
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #name: string;
  #state: 'open' | 'closing' | 'closed' = 'open';

  /** `name` is for messages: `the plugin "email"`. */
  constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
    // All jobs of a plugin may listen to it; Node 20 would warn.
    setMaxListeners(0, this.#controller.signal);
  }

  /** Fires when the scope starts to close. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The error for calling `call` after the scope has closed. */
  refusal(call: string): JobsError | undefined {
    return this.#state === 'closed' ? this.#over(call) : undefined;
  }

  /** Throws `INVALID_STATE` if the scope is closing or closed. */
  assertOpen(call: string): void {
    if (this.#state !== 'open') throw this.#over(call);
  }

  #over(call: string): JobsError {
    return new JobsError('INVALID_STATE', `${call}(): ${this.#name} is disabled`);
  }

  /** Calls `dispose` at the end, or when the returned function is called. After the scope has closed, calls it at once. */
  add(dispose: Dispose, kind?: Kind, label = ''): Dispose {
    const entry: Entry = { dispose, kind, label };
    if (this.#state === 'closed') {
      void this.#undo(entry, []);
      return () => {};
    }
    this.#entries.add(entry);
    return () => (this.#entries.delete(entry) ? dispose() : undefined);
  }

  /** Removes entries that have ended by themselves. */
  drop(kind: Kind, label: string): void {
    for (const entry of this.#entries) if (entry.kind === kind && entry.label === label) this.#entries.delete(entry);
  }

  /** Labels of the registered entries, in order, without duplicates. */
  labels(kind: Kind): string[] {
    return [...new Set([...this.#entries].filter((entry) => entry.kind === kind).map((entry) => entry.label))];
  }

  footprint(): Footprint {
    const count = (kind: Kind) => [...this.#entries].filter((entry) => entry.kind === kind).length;
    return Object.fromEntries(KINDS.map((kind) => [kind, count(kind)])) as Footprint;
  }

  /** Undoes everything one by one; returns the errors. `enter` calls the listeners of the signal in the owner's context. */
  async close(enter: (fn: () => void) => void = (fn) => fn()): Promise<unknown[]> {
    if (this.#state !== 'open') return [];
    this.#state = 'closing';
    enter(() => this.#controller.abort(new JobsError('INVALID_STATE', `${this.#name} is disabled`)));
    const errors: unknown[] = [];
    for (let last = this.#last(); last; last = this.#last()) {
      this.#entries.delete(last);
      await this.#undo(last, errors);
    }
    this.#state = 'closed';
    return errors;
  }

  #last(): Entry | undefined {
    return [...this.#entries].at(-1);
  }

  async #undo(entry: Entry, errors: unknown[]): Promise<void> {
    try {
      const late = () => new Error(`an undo did not finish within ${LIMIT / 1_000} s`);
      await withTimeout(this.#clock, LIMIT, (async () => entry.dispose())(), late);
    } catch (error) {
      errors.push(error);
    }
  }
}
