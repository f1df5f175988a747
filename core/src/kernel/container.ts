// The container: a table of services is built from top to bottom and kept by tsyringe. No other file imports tsyringe or its polyfill.
import 'reflect-metadata';
import type { Token } from '@phraseworks/sdk';
import { container, type DependencyContainer } from 'tsyringe';

/** A class is its own key; an interface has a token. */
export type Key<T> = Token<T> | (abstract new (...args: never[]) => T);
type Keys = Readonly<Record<string, Key<unknown>>>;
type Built<N extends Keys> = {
  readonly [K in keyof N]: N[K] extends abstract new (
    ...args: never[]
  ) => infer T
    ? T
    : N[K] extends Token<infer T>
      ? T
      : never;
};

/** One line of a table: what is made, what it needs, and how it is made. */
export interface Service {
  readonly key: Key<unknown>;
  readonly needs: Keys;
  readonly make: (needs: never) => unknown;
}

/** What is there before the first line is built. */
export interface Given {
  readonly key: Key<unknown>;
  readonly value: unknown;
}

/** Built services, for what puts parts together. Nothing asks for one per job or request. */
export interface Services {
  /** Throws for what no table has. */
  get<T>(key: Key<T>): T;
}

export const service = <T, N extends Keys>(
  key: Key<T>,
  needs: N,
  make: (needs: Built<N>) => NoInfer<T> | Promise<NoInfer<T>>,
): Service => ({ key, needs, make });

export const given = <T>(key: Key<T>, value: NoInfer<T>): Given => ({ key, value });

/** A container of its own for each instance: nothing is ever registered globally. */
export const createContainer = (): DependencyContainer => container.createChildContainer();

/**
 * Builds the services in the order of the table. A line may need what is given and what stands above it, so that there is no cycle.
 * Throws for any other need, and what a factory throws.
 */
export async function compose(
  table: readonly Service[],
  start: readonly Given[],
  onto: DependencyContainer = createContainer(),
): Promise<Services & { container: DependencyContainer }> {
  for (const { key, value } of start) onto.register<unknown>(nameOf(key), { useValue: value });
  for (const { key, needs, make } of table) {
    const built = Object.entries(needs).map(([name, need]) => {
      if (!onto.isRegistered(nameOf(need), true))
        throw new Error(`${titleOf(key)} needs ${titleOf(need)}, which is not above it`);
      return [name, onto.resolve(nameOf(need))];
    });
    const made = await (make as (needs: object) => unknown)(Object.fromEntries(built));
    onto.register<unknown>(nameOf(key), { useValue: made });
  }
  return { container: onto, get: (key) => onto.resolve(nameOf(key)) };
}

/** A line for each service: `Worker: TypeRegistry, Runner`. */
export const described = (table: readonly Service[]): string[] =>
  table.map(({ key, needs }) => {
    const all = Object.values(needs).map(titleOf);
    return all.length === 0 ? titleOf(key) : `${titleOf(key)}: ${all.join(', ')}`;
  });

// tsyringe takes a symbol or a class; by a class it could make one that the table does not have.
const symbols = new WeakMap<object, symbol>();
function nameOf<T>(key: Key<T>): symbol {
  if ('key' in key) return key.key;
  const known = symbols.get(key) ?? Symbol(key.name);
  symbols.set(key, known);
  return known;
}

const titleOf = (key: Key<unknown>): string => ('key' in key ? key.id.replace(/^core\//, '') : key.name);
