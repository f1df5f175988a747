// Hooks: actions report events, filters change values, wrappers surround work. Each listener is isolated, timed and runs in its owner's scope.
import { type Dispose, type HookOptions, type HooksApi, JobsError, Veto, type Wrapped } from '@phraseworks/sdk';
import { unknownOptions } from '@phraseworks/sdk/host';
import { AsyncSlot } from './async-slot.ts';
import { Clock, withTimeout } from './clock.ts';
import { Needing } from './container.ts';
import { invalid } from './errors.ts';

/** The owner of a listener. */
export interface HookOwner {
  /** At equal priority, the listener with the smaller place runs first. */
  readonly place: number;
  /** Runs `fn` in the owner's scope. */
  enter<R>(fn: () => R): R;
  /** Receives the errors of its listeners. */
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
/** Job actions follow a commit, perhaps of another caller, so they are not nested in any call. */
const FACT = 'job:';
const nothing = () => {};

type Table = Map<string, readonly Listener[]>;

/** The hooks that a call is nested in, and whose listener made it. */
interface Inside {
  chain: readonly string[];
  owner: HookOwner | undefined;
}
const OUTSIDE: Inside = { chain: [], owner: undefined };

export class Hooks extends Needing<typeof Hooks.needs> {
  static readonly needs = { clock: Clock };
  readonly #actions: Table = new Map();
  readonly #filters: Table = new Map();
  readonly #wrappers: Table = new Map();
  readonly #inside = new AsyncSlot<Inside>();

  /** Is there a listener? Hot paths check first. */
  has(name: string): boolean {
    return this.#actions.has(name) || this.#filters.has(name) || this.#wrappers.has(name);
  }

  /** Runs `fn` outside the current hook: a job that a hook added is not nested in it. */
  outside<R>(fn: () => R): R {
    return (this.#inside.value ?? OUTSIDE) === OUTSIDE ? fn() : this.#inside.run(OUTSIDE, fn);
  }

  readonly addAction = adder(this.#actions);
  readonly addFilter = adder(this.#filters);
  readonly addWrapper = adder(this.#wrappers);

  /** Ends what `addAction` began with the same function and owner; false if it does not listen. */
  removeAction(name: string, fn: unknown, owner: HookOwner): boolean {
    return removeOf(this.#actions, name, { fn: fn as Listener['fn'], owner });
  }

  /** Runs `work` once, inside all wrappers, and returns its result. `shown`: what wrappers see of the result. */
  wrapped<K extends keyof Wrapped, R>(
    name: K,
    about: Wrapped[K][0],
    work: () => Promise<R>,
    shown: (answer: R) => Wrapped[K][1],
  ): Promise<R> {
    let inner = work;
    for (const listener of [...(this.#wrappers.get(name) ?? [])].reverse()) {
      const next = inner;
      inner = () => this.#around(listener, name, about, next, shown);
    }
    return inner();
  }

  #around<R>(
    { owner, fn, timeout }: Listener,
    name: string,
    about: unknown,
    work: () => Promise<R>,
    shown: (answer: R) => unknown,
  ): Promise<R> {
    const charge = (error: unknown): void => owner.charge(error, `wrapper "${name}"`);
    const refusal = this.#tooDeep(name);
    if (refusal) {
      charge(refusal);
      return work();
    }
    const chain = [...(this.#inside.value ?? OUTSIDE).chain, name];
    return new Promise<R>((resolve, reject) => {
      let seen: Promise<unknown> | undefined;
      let passedOn: unknown;
      const next = (): Promise<unknown> => {
        if (seen) return seen;
        const begun = new Promise<R>((begin) => begin(this.outside(work)));
        begun.then(resolve, reject);
        seen = begun.then(shown);
        // The wrapper may ignore the result.
        seen.catch((error: unknown) => {
          passedOn = error;
        });
        return seen;
      };
      const ended = this.#inside.run({ chain, owner }, () => owner.enter(async () => fn(about, next)));
      const cancel = seen
        ? nothing
        : this.needs.clock.after(timeout, () => {
            if (!seen) charge(new Error(`it did not call next() within ${timeout} ms`));
            void next();
          });
      const over = (): void => {
        cancel();
        void next();
      };
      ended.then(over, (error: unknown) => {
        // Do not charge the wrapper for an error of the work that it passes on.
        if (error !== passedOn || error === undefined) charge(error);
        over();
      });
    });
  }

  /** Runs priorities in order, and listeners of one priority concurrently. Never throws: charges too deep nesting to the owner of the nested call. */
  doAction: HooksApi['doAction'] = async (name, payload) => {
    if (!this.#actions.has(name)) return;
    await (name.startsWith(FACT) ? this.outside(() => this.#act(name, payload)) : this.#act(name, payload));
  };

  async #act(name: string, payload: unknown): Promise<void> {
    const listeners = this.#actions.get(name) ?? [];
    const refusal = this.#tooDeep(name);
    if (refusal) return this.#inside.value?.owner?.charge(refusal, `action "${name}"`);
    for (let from = 0; from < listeners.length; ) {
      const { priority } = listeners[from] as Listener;
      const level = listeners.slice(from).filter((listener) => listener.priority === priority);
      from += level.length;
      await Promise.all(level.map((listener) => this.#fenced(listener, this.#actions, name, [payload])));
    }
  }

  /** Runs filters in order. Throws `Veto` if a listener refuses, `INVALID_STATE` if hooks nest too deeply. */
  applyFilters: HooksApi['applyFilters'] = async (name, value, about) => {
    const listeners = this.#filters.get(name);
    if (!listeners) return value;
    const refusal = this.#tooDeep(name);
    if (refusal) throw refusal;
    let current: unknown = value;
    for (const listener of listeners) {
      const answer = await this.#fenced(listener, this.#filters, name, [current, about]);
      if (answer === undefined) continue;
      if (sameShape(current, answer)) current = answer;
      else listener.owner.charge(new Error('it returned a value of a different shape'), `filter "${name}"`);
    }
    return current as typeof value;
  };

  #tooDeep(name: string): JobsError | undefined {
    const { chain } = this.#inside.value ?? OUTSIDE;
    if (chain.length < DEEPEST) return undefined;
    return new JobsError('INVALID_STATE', `hooks nest deeper than ${DEEPEST}: ${[...chain, name].join(' -> ')}`);
  }

  /** The listener's result; undefined if it failed, which is charged to its owner. */
  async #fenced(listener: Listener, table: Table, name: string, args: unknown[]): Promise<unknown> {
    if (!listener.live) return undefined;
    if (listener.once) remove(table, name, listener);
    const filter = table === this.#filters;
    try {
      return await this.#call(listener, name, args);
    } catch (error) {
      // Compare by name: two copies of the SDK have two classes.
      if (filter && error instanceof Error && error.name === 'Veto')
        throw error instanceof Veto ? error : new Veto(error.message);
      listener.owner.charge(error, `${filter ? 'filter' : 'action'} "${name}"`);
      return undefined;
    }
  }

  #call(listener: Listener, name: string, args: unknown[]): Promise<unknown> {
    const controller = new AbortController();
    const { owner } = listener;
    const chain = [...(this.#inside.value ?? OUTSIDE).chain, name];
    const work = this.#inside.run({ chain, owner }, () =>
      owner.enter(async () => listener.fn(...args, controller.signal)),
    );
    return withTimeout(this.needs.clock, listener.timeout, work, () => {
      const late = new Error(`a listener of "${name}" did not finish within ${listener.timeout} ms`);
      owner.enter(() => controller.abort(late));
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
  const errors = unknownOptions(options, ['priority', 'timeout', 'once']);
  if (errors.length > 0) throw invalid(errors, `The hook "${name}": `);
  return { fn, priority, timeout, once, live: true };
}

/**
 * The same function of the same owner listens once; `gone` is called when the listener is removed.
 * Replaces the list instead of changing it: a running call keeps its own.
 */
const adder =
  (table: Table) =>
  (name: string, fn: Listener['fn'], options: HookOptions | undefined, owner: HookOwner, gone = nothing): Dispose => {
    const listener = { ...read(name, fn, options), owner, gone };
    removeOf(table, name, listener);
    const list = [...(table.get(name) ?? []), listener];
    table.set(
      name,
      list.sort((a, b) => a.priority - b.priority || a.owner.place - b.owner.place),
    );
    return () => remove(table, name, listener);
  };

function removeOf(table: Table, name: string, { fn, owner }: Pick<Listener, 'fn' | 'owner'>): boolean {
  const found = table.get(name)?.find((listener) => listener.fn === fn && listener.owner === owner);
  if (found) remove(table, name, found);
  return found !== undefined;
}

function remove(table: Table, name: string, listener: Listener): void {
  if (!listener.live) return;
  listener.live = false;
  listener.gone();
  const rest = (table.get(name) ?? []).filter((other) => other !== listener);
  if (rest.length > 0) table.set(name, rest);
  else table.delete(name);
}

/** A filter that receives an object must return one, or the next filter would fail. */
function sameShape(before: unknown, after: unknown): boolean {
  if (typeof before !== 'object' || before === null) return true;
  return typeof after === 'object' && after !== null && Array.isArray(after) === Array.isArray(before);
}
