// The hooks: actions tell what happened, filters pass a value through. Every listener is fenced, timed and runs in its owner's scope.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Dispose, type HookOptions, type HooksApi, JobsError, Veto } from '@phraseworks/sdk';
import type { Clock } from '../clock.ts';
import { within } from './limit.ts';

/** Whose listener it is. */
export interface HookOwner {
  /** Of two listeners with the same priority the one with the smaller place comes first. */
  readonly place: number;
  /** Runs `fn` in the owner's scope. */
  enter<R>(fn: () => R): R;
  /** Is told of the errors of its listeners. */
  charge(error: unknown, where: string): void;
}

interface Listener {
  owner: HookOwner;
  fn: (...args: unknown[]) => unknown;
  priority: number;
  timeout: number;
  once: boolean;
  live: boolean;
  gone: () => void;
}

const PRIORITY = 10;
const TIMEOUT = 5_000;
const DEEPEST = 16;
const nothing = () => {};

type Table = Map<string, readonly Listener[]>;

export class Hooks {
  readonly #clock: Clock;
  readonly #actions: Table = new Map();
  readonly #filters: Table = new Map();
  /** The hooks that the current call is inside of. */
  readonly #chain = new AsyncLocalStorage<readonly string[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does anybody listen? Busy callers ask first. */
  has(name: string): boolean {
    return this.#actions.has(name) || this.#filters.has(name);
  }

  /** Listeners in all. */
  count(): number {
    return [...this.#actions.values(), ...this.#filters.values()].reduce((sum, list) => sum + list.length, 0);
  }

  /** Runs `fn` as if no hook were being called: a job that a hook added is not nested in it. */
  outside<R>(fn: () => R): R {
    return this.#chain.run([], fn);
  }

  /** `gone` is called when the listener is no longer there. */
  addAction(
    name: string,
    fn: Listener['fn'],
    options: HookOptions | undefined,
    owner: HookOwner,
    gone = nothing,
  ): Dispose {
    return add(this.#actions, name, { ...read(name, fn, options), owner, gone });
  }

  addFilter(
    name: string,
    fn: Listener['fn'],
    options: HookOptions | undefined,
    owner: HookOwner,
    gone = nothing,
  ): Dispose {
    return add(this.#filters, name, { ...read(name, fn, options), owner, gone });
  }

  /** Level by level of priority, at the same time within a level. Throws only when hooks nest too deeply. */
  doAction: HooksApi['doAction'] = async (name, payload) => {
    const listeners = this.#actions.get(name);
    if (!listeners) return;
    await this.#deeper(name, async () => {
      for (let from = 0; from < listeners.length; ) {
        const { priority } = listeners[from] as Listener;
        const level = listeners.slice(from).filter((listener) => listener.priority === priority);
        from += level.length;
        await Promise.all(level.map((listener) => this.#fenced(listener, this.#actions, name, [payload])));
      }
    });
  };

  /** One after the other. Throws `Veto` when a listener refuses. */
  applyFilters: HooksApi['applyFilters'] = async (name, value, about) => {
    const listeners = this.#filters.get(name);
    if (!listeners) return value;
    return this.#deeper(name, async () => {
      let current: unknown = value;
      for (const listener of listeners) {
        const answer = await this.#fenced(listener, this.#filters, name, [current, about]);
        if (answer === undefined) continue;
        if (sameShape(current, answer)) current = answer;
        else listener.owner.charge(new Error('it answered with something of another shape'), `filter "${name}"`);
      }
      return current as typeof value;
    });
  };

  async #deeper<T>(name: string, fn: () => Promise<T>): Promise<T> {
    const chain = [...(this.#chain.getStore() ?? []), name];
    if (chain.length > DEEPEST) {
      throw new JobsError('INVALID_STATE', `hooks nest deeper than ${DEEPEST}: ${chain.join(' -> ')}`);
    }
    return this.#chain.run(chain, fn);
  }

  /** What the listener answered; undefined when it failed, which is charged to its owner. */
  async #fenced(listener: Listener, table: Table, name: string, args: unknown[]): Promise<unknown> {
    if (!listener.live) return undefined;
    if (listener.once) remove(table, name, listener);
    const filter = table === this.#filters;
    try {
      return await this.#call(listener, name, args);
    } catch (error) {
      // Two copies of the SDK have two classes of this name.
      if (filter && error instanceof Error && error.name === 'Veto')
        throw error instanceof Veto ? error : new Veto(error.message);
      listener.owner.charge(error, `${filter ? 'filter' : 'action'} "${name}"`);
      return undefined;
    }
  }

  #call(listener: Listener, name: string, args: unknown[]): Promise<unknown> {
    const controller = new AbortController();
    const work = listener.owner.enter(async () => listener.fn(...args, controller.signal));
    return within(this.#clock, listener.timeout, work, () => {
      const late = new Error(`a listener of "${name}" did not end within ${listener.timeout} ms`);
      controller.abort(late);
      return late;
    });
  }
}

function read(name: string, fn: Listener['fn'], options: HookOptions = {}): Omit<Listener, 'owner' | 'gone'> {
  const { priority = PRIORITY, timeout = TIMEOUT, once = false } = options;
  if (typeof name !== 'string' || name === '' || typeof fn !== 'function') {
    throw new JobsError('INVALID_DATA', 'A hook needs a name and a function.');
  }
  if (!Number.isFinite(priority) || !Number.isFinite(timeout) || timeout <= 0) {
    throw new JobsError(
      'INVALID_DATA',
      `The hook "${name}": priority and timeout must be numbers, and timeout above 0.`,
    );
  }
  return { fn, priority, timeout, once, live: true };
}

/** Lists are replaced, never changed: a call that is on its way keeps the one it began with. */
function add(table: Table, name: string, listener: Listener): Dispose {
  const list = [...(table.get(name) ?? []), listener];
  table.set(
    name,
    list.sort((a, b) => a.priority - b.priority || a.owner.place - b.owner.place),
  );
  return () => remove(table, name, listener);
}

function remove(table: Table, name: string, listener: Listener): void {
  if (!listener.live) return;
  listener.live = false;
  listener.gone();
  const rest = (table.get(name) ?? []).filter((other) => other !== listener);
  if (rest.length > 0) table.set(name, rest);
  else table.delete(name);
}

/** A filter that is given an object must not answer with a number: the next one would choke on it. */
function sameShape(before: unknown, after: unknown): boolean {
  if (typeof before !== 'object' || before === null) return true;
  return typeof after === 'object' && after !== null && Array.isArray(after) === Array.isArray(before);
}
