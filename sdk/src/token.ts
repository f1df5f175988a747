// Typed tokens for services that plugins provide and need.

export interface Token<T> {
  readonly id: string;
  /** From `Symbol.for`, so that two copies of the SDK still meet. */
  readonly key: symbol;
  readonly optional?: boolean;
  /** Never set: carries the type. */
  readonly T?: T;
}

/** `export const Mailer = token<Mailer>('email/mailer')`: owner, slash, name. */
export const token = <T>(id: string): Token<T> => ({ id, key: Symbol.for(`phraseworks/${id}`) });

/** The plugin starts without it and reads `undefined` while no plugin provides it. */
export const optional = <T>(needed: Token<T>): Token<T | undefined> =>
  ({ ...needed, optional: true }) as Token<T | undefined>;

// biome-ignore lint/suspicious/noExplicitAny: a map of tokens of any service
export type Needs = Record<string, Token<any>>;
export type Resolved<N extends Needs> = { readonly [K in keyof N]: N[K] extends Token<infer T> ? T : never };

/** A service of the host: `createJobs({ services: [lend(Search, search)] })`. */
export interface Lent {
  readonly token: Token<unknown>;
  readonly service: unknown;
}

export const lend = <T>(token: Token<T>, service: NoInfer<T>): Lent => ({ token, service });
