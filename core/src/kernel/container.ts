// The container: builds a table of services from top to bottom and registers them with tsyringe. Only this file imports tsyringe.
import 'reflect-metadata';
import type { Token } from '@phraseworks/sdk';
import { container, type DependencyContainer } from 'tsyringe';

/** A class is its own key; an interface has a token. */
export type Key<T> = Token<T> | (abstract new (...args: never[]) => T);
type Keys = Readonly<Record<string, Key<unknown>>>;
/** What a class or a factory gets for its needs. */
export type Built<N extends Keys> = {
  readonly [K in keyof N]: N[K] extends abstract new (
    ...args: never[]
  ) => infer T
    ? T
    : N[K] extends Token<infer T>
      ? T
      : never;
};

/** One service of the table: its key, its needs, and its factory. */
export interface Service {
  readonly key: Key<unknown>;
  readonly needs: Keys;
  readonly make: (needs: never) => unknown;
}

/** A service that exists before the first one is built. */
export interface Given {
  readonly key: Key<unknown>;
  readonly value: unknown;
}

/** A class that lists what it needs. */
interface Composed {
  readonly needs: Keys;
  new (needs: never): unknown;
}

/** The built services, for composition only: nothing resolves per job or request. */
export interface Services {
  /** Throws for an unknown key. */
  get<T>(key: Key<T>): T;
  all<N extends Keys>(keys: N): Built<N>;
}

/** Services, and the container that holds them, for more of them. */
export type Composition = Services & { container: DependencyContainer };

/** Classes that are made from what they list. */
export const built = (...classes: readonly Composed[]): Service[] =>
  classes.map((Class) => ({ key: Class, needs: Class.needs, make: (needs) => new Class(needs) }));

export const service = <T, N extends Keys>(
  key: Key<T>,
  needs: N,
  make: (needs: Built<N>) => NoInfer<T> | Promise<NoInfer<T>>,
): Service => ({ key, needs, make });

export const given = <T>(key: Key<T>, value: NoInfer<T>): Given => ({ key, value });

/** Each instance has its own container; nothing is registered globally. */
export const createContainer = (): DependencyContainer => container.createChildContainer();

/**
 * Builds the services in the order of the table. A service may need only given services and services above it, so cycles are impossible.
 * Throws for any other need, and whatever a factory throws.
 */
export async function compose(
  table: readonly Service[],
  start: readonly Given[],
  onto: DependencyContainer = createContainer(),
): Promise<Composition> {
  for (const { key, value } of start) onto.register<unknown>(nameOf(key), { useValue: value });
  const get = <T>(key: Key<T>): T => onto.resolve(nameOf(key));
  const all = <N extends Keys>(keys: N): Built<N> =>
    Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, get(key)])) as Built<N>;
  for (const { key, needs, make } of table) {
    const missing = Object.values(needs).find((need) => !onto.isRegistered(nameOf(need), true));
    if (missing) throw new Error(`${titleOf(key)} needs ${titleOf(missing)}, which is not above it`);
    onto.register<unknown>(nameOf(key), { useValue: await make(all(needs) as never) });
  }
  return { container: onto, get, all };
}

// Register by symbol: given a class, tsyringe could construct a service that is not in the table.
const symbols = new WeakMap<object, symbol>();
function nameOf<T>(key: Key<T>): symbol {
  if ('key' in key) return key.key;
  const known = symbols.get(key) ?? Symbol(key.name);
  symbols.set(key, known);
  return known;
}

/** `Worker`, or `clock` for a token. */
export const titleOf = (key: Key<unknown>): string => ('key' in key ? key.id.replace(/^core\//, '') : key.name);
