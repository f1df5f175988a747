// The container: builds a table of services from top to bottom and registers them with tsyringe. Only this file imports tsyringe.
import 'reflect-metadata';
import type { Token } from '@phraseworks/sdk';
import { container, type DependencyContainer } from 'tsyringe';

/** A class is its own key; an interface has a token. */
export type Key<T> = Token<T> | (abstract new (...args: never[]) => T);
export type Needed = Readonly<Record<string, Key<unknown>>>;
/** What a class or a factory gets for its needs. */
export type Built<N extends Needed> = {
  readonly [K in keyof N]: N[K] extends abstract new (
    ...args: never[]
  ) => infer T
    ? T
    : N[K] extends Token<infer T>
      ? T
      : never;
};

/** One service of a table: its key, its needs, and its factory. */
export interface Service<T> {
  readonly key: Key<T>;
  readonly needs: Needed;
  readonly make: (needs: never) => T | Promise<T>;
}

/** A service that exists before the first one is built. */
export interface Given {
  readonly key: Key<unknown>;
  readonly value: unknown;
}

/** A service that lists what it needs: `class Rescue extends Needing<typeof Rescue.needs> { static readonly needs = { clock: Clock }; ... }`. */
export abstract class Needing<N extends Needed> {
  protected readonly needs: Built<N>;

  constructor(needs: Built<N>) {
    this.needs = needs;
  }
}

/** A class that lists what it needs. */
interface Composed {
  readonly needs: Needed;
  new (needs: never): unknown;
}

/** Services by name; a class that lists what it needs is a service by itself. */
export type Table = Readonly<Record<string, Service<unknown> | Composed>>;

/** What was built from a table, by the same names. */
export type Parts<T extends Table> = {
  readonly [K in keyof T]: T[K] extends Service<infer S> ? S : T[K] extends new (needs: never) => infer S ? S : never;
};

/** The built services and the container that holds them, for more of them. Nothing resolves per job or request. */
export interface Composition<T extends Table> {
  readonly parts: Parts<T>;
  readonly container: DependencyContainer;
  /** Throws for an unknown key. */
  get<S>(key: Key<S>): S;
}

export const service = <T, N extends Needed>(
  key: Key<T>,
  needs: N,
  make: (needs: Built<N>) => NoInfer<T> | Promise<NoInfer<T>>,
): Service<T> => ({ key, needs, make });

export const given = <T>(key: Key<T>, value: NoInfer<T>): Given => ({ key, value });

/** Each instance has its own container; nothing is registered globally. */
export const createContainer = (): DependencyContainer => container.createChildContainer();

/**
 * Builds the services in the order of the table. A service may need only given services and services above it, so cycles are impossible.
 * Throws for any other need, and whatever a factory throws.
 */
export async function compose<T extends Table>(
  table: T,
  start: readonly Given[],
  onto: DependencyContainer = createContainer(),
): Promise<Composition<T>> {
  for (const { key, value } of start) onto.register<unknown>(nameOf(key), { useValue: value });
  const get = <S>(key: Key<S>): S => onto.resolve(nameOf(key));
  const parts: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(table)) {
    const { key, needs, make } = serviceOf(entry);
    const missing = Object.values(needs).find((need) => !onto.isRegistered(nameOf(need), true));
    if (missing) throw new Error(`${titleOf(key)} needs ${titleOf(missing)}, which is not above it`);
    const built = Object.fromEntries(Object.entries(needs).map(([need, needed]) => [need, get(needed)]));
    parts[name] = await make(built as never);
    onto.register<unknown>(nameOf(key), { useValue: parts[name] });
  }
  return { parts: parts as Parts<T>, container: onto, get };
}

const serviceOf = (entry: Service<unknown> | Composed): Service<unknown> =>
  'make' in entry ? entry : { key: entry, needs: entry.needs, make: (needs) => new entry(needs) };

// Register by symbol: given a class, tsyringe could construct a service that is not in the table.
const symbols = new WeakMap<object, symbol>();
function nameOf<T>(key: Key<T>): symbol {
  if ('key' in key) return key.key;
  const known = symbols.get(key) ?? Symbol(key.name);
  symbols.set(key, known);
  return known;
}

/** `Worker`, or `clock` for a token. */
const titleOf = (key: Key<unknown>): string => ('key' in key ? key.id.replace(/^core\//, '') : key.name);
