// What a plugin leaves in the process: timers, servers and other handles, listeners and globals that each start adds and no stop takes away.
import { createHook } from 'node:async_hooks';
import { EventEmitter, getEventListeners } from 'node:events';

/** Resources that keep on working, as async_hooks names them. It knows unref'd timers too, unlike process.getActiveResourcesInfo(). */
const RESOURCES: Readonly<Record<string, string>> = {
  Timeout: 'a timer',
  TCPSERVERWRAP: 'a listening server',
  PIPESERVERWRAP: 'a listening server',
  TCPWRAP: 'a connection',
  PIPEWRAP: 'a pipe',
  UDPWRAP: 'a UDP socket',
  PROCESSWRAP: 'a child process',
  WORKER: 'a worker thread',
  MESSAGEPORT: 'a message port',
  FSEVENTWRAP: 'a file watcher',
  STATWATCHER: 'a file watcher',
};
const METHODS = ['on', 'addListener', 'prependListener'] as const;

interface Seen {
  round: number;
  at: string;
}

interface Listened extends Seen {
  /** Listeners at the end of each round. */
  counts: number[];
}

/**
 * Watches the process over several rounds of on and off. Something is left behind when each round after the first adds to it: what is made
 * once and kept, such as the pool of a library, does not count.
 */
export class Leftovers {
  #round = 0;
  readonly #resources = new Map<number, Seen & { what: string }>();
  readonly #listened = new Map<EventEmitter | EventTarget, Map<string | symbol, Listened>>();
  /** The globals before the first start, as far as they are plain values: others, which Node loads when they are read, change by themselves. */
  readonly #before = valuesOf(globalThis);
  readonly #after: Map<string, unknown>[] = [];
  readonly #keys = new Set(Object.keys(globalThis));
  /** Globals that the first round left, and how often they were set since. */
  readonly #globals = new Map<string, { value: unknown; set: number }>();
  readonly #hook = createHook({
    init: (id, type) => {
      const what = RESOURCES[type];
      if (!what || isOfOthers(new Error().stack ?? '')) return;
      this.#resources.set(id, { what, round: this.#round, at: place() });
    },
    destroy: (id) => {
      this.#resources.delete(id);
    },
  });
  readonly #originals = METHODS.map((method) => [method, EventEmitter.prototype[method]] as const);
  readonly #addEventListener = EventTarget.prototype.addEventListener;

  constructor() {
    this.#hook.enable();
    const heard = (emitter: EventEmitter | EventTarget, event: string | symbol) => this.#hear(emitter, event);
    for (const [method, original] of this.#originals)
      EventEmitter.prototype[method] = function (this: EventEmitter, event: string | symbol, listener) {
        heard(this, event);
        return original.call(this, event, listener);
      };
    const add = this.#addEventListener;
    EventTarget.prototype.addEventListener = function (this: EventTarget, event: string, ...rest: [never]) {
      heard(this, event);
      return add.call(this, event, ...rest);
    };
  }

  #hear(emitter: EventEmitter | EventTarget, event: string | symbol): void {
    const events = this.#listened.get(emitter) ?? new Map<string | symbol, Listened>();
    this.#listened.set(emitter, events);
    events.set(event, { counts: events.get(event)?.counts ?? [], round: this.#round, at: place() });
  }

  /** Call it after each stop. */
  endRound(): void {
    for (const [emitter, events] of this.#listened)
      for (const [event, { counts }] of events) counts[this.#round] = countOf(emitter, event);
    if (this.#round === 0) for (const key of Object.keys(globalThis)) if (!this.#keys.has(key)) this.#watchGlobal(key);
    this.#after.push(valuesOf(globalThis));
    this.#round += 1;
  }

  /** A library that set it once only reads it from now on. */
  #watchGlobal(key: string): void {
    if (!Object.getOwnPropertyDescriptor(globalThis, key)?.configurable) return;
    const kept = { value: Reflect.get(globalThis, key) as unknown, set: 0 };
    this.#globals.set(key, kept);
    Object.defineProperty(globalThis, key, {
      configurable: true,
      enumerable: true,
      get: () => kept.value,
      set: (value: unknown) => {
        kept.value = value;
        kept.set += 1;
      },
    });
  }

  /** Each with words that say what to change. Needs three rounds. */
  problems(): string[] {
    const rounds = Array.from({ length: this.#round - 1 }, (_, n) => n + 1);
    const resources = [...this.#resources.values()];
    const left = [...new Set(resources.map(({ what }) => what))].flatMap((what) => {
      const each = rounds.map((round) => resources.find((one) => one.what === what && one.round === round));
      if (each.some((one) => one === undefined)) return [];
      const instead = what === 'a timer' ? 'use ctx.clock.after(), or clear it' : 'close it';
      return [`When disabled, it leaves ${what}${each[0]?.at}: ${instead} in ctx.onDisable().`];
    });
    const listeners = [...this.#listened].flatMap(([emitter, events]) =>
      [...events].flatMap(([event, { counts, at }]) =>
        rounds.every((round) => (counts[round] ?? 0) > (counts[round - 1] ?? 0))
          ? [
              `When disabled, it leaves a listener of "${String(event)}" on ${nameOf(emitter)}${at}: remove it in ctx.onDisable().`,
            ]
          : [],
      ),
    );
    const globals = [...this.#globals]
      .filter(([key, { set }]) => set >= rounds.length && key in globalThis)
      .map(
        ([key]) =>
          `When disabled, it leaves globalThis.${key}: keep the value in init(), or delete the global in ctx.onDisable().`,
      );
    const replaced = [...this.#before]
      .filter(([key, value]) => this.#after.every((values) => values.has(key) && !Object.is(values.get(key), value)))
      .map(
        ([key]) =>
          `When disabled, it leaves globalThis.${key} replaced: put the previous value back in ctx.onDisable().`,
      );
    return [...left, ...listeners, ...globals, ...replaced];
  }

  [Symbol.dispose](): void {
    this.#hook.disable();
    for (const [method, original] of this.#originals) EventEmitter.prototype[method] = original;
    EventTarget.prototype.addEventListener = this.#addEventListener;
    for (const [key, { value }] of this.#globals)
      if (key in globalThis)
        Object.defineProperty(globalThis, key, { configurable: true, enumerable: true, writable: true, value });
  }
}

const countOf = (emitter: EventEmitter | EventTarget, event: string | symbol): number =>
  emitter instanceof EventEmitter ? emitter.listenerCount(event) : getEventListeners(emitter, event as string).length;

function valuesOf(holder: object): Map<string, unknown> {
  const found = Object.entries(Object.getOwnPropertyDescriptors(holder));
  return new Map(found.flatMap(([key, property]) => ('value' in property ? [[key, property.value]] : [])));
}

const nameOf = (emitter: EventEmitter | EventTarget): string =>
  emitter === process ? 'process' : `an emitter (${emitter.constructor.name}) that outlives it`;

/**
 * The timer of `AbortSignal.timeout()` cannot be cleared and keeps no process alive; the test runner has timers of its own, and the pool of the
 * core grows with what plugins ask of the database, and stays.
 */
function isOfOthers(stack: string): boolean {
  if (/AbortSignal\.timeout|\/core\/(?:src|dist)\/store\//.test(stack)) return true;
  const callers = stack.split('\n').filter((line) => line.includes('/') && !/node:|leftovers\.[jt]s/.test(line));
  return callers.length > 0 && callers.every((line) => /node_modules\/(?:@?vitest|tinypool)\//.test(line));
}

/** Where the plugin's own code called, as ` (file:line:column)`; empty where only libraries did. */
function place(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  Error.stackTraceLimit = limit;
  const own = lines.find((line) => !/node:|node_modules|\/(core|sdk|testing)\/(src|dist)\/(?!.*\.test\.)/.test(line));
  const at = own && /\(?((?:file:|\/|[A-Z]:).*?:\d+:\d+)\)?$/.exec(own)?.[1];
  return at ? ` (${at.replace(/^file:\/\//, '')})` : '';
}
