// Types for names in open maps (job types, hooks): completes them, and makes the compiler refuse misspelt ones.

/** Completes the declared names, but allows any text. */
export type Known<M> = (keyof M & string) | (string & {});

declare const meant: unique symbol;

/** No text has this type, so the compiler error names the declared name that was probably meant. */
export interface DidYouMean<K extends string> {
  readonly [meant]: K;
}

/** The constraint of a type parameter `T` that names a job type, a hook, ...: `T extends Named<T, JobTypes>`. It refuses misspelt names. */
export type Named<T extends string, M> = Known<M> & Spelt<T, M>;

/** `unknown` for a declared name or one that resembles none; `DidYouMean` if `T` is one edit away from a declared name. */
export type Spelt<T extends string, M> = string extends T
  ? unknown
  : T extends keyof M
    ? unknown
    : [Near<T, keyof M & string>] extends [never]
      ? unknown
      : DidYouMean<Near<T, keyof M & string>>;

/** Names with different first letters are different: `mail` is not a misspelt `email`. */
type Near<T extends string, K extends string> = K extends `${infer First}${infer Rest}`
  ? T extends `${First}${infer Typed}`
    ? IsNear<Typed, Rest> extends true
      ? K
      : never
    : never
  : never;

/** Does one result from the other by adding, omitting, changing or swapping one character? */
type IsNear<A extends string, B extends string> = A extends `${infer X}${infer As}`
  ? B extends `${infer Y}${infer Bs}`
    ? X extends Y
      ? IsNear<As, Bs>
      : As extends Bs
        ? true
        : A extends Bs
          ? true
          : As extends B
            ? true
            : As extends `${Y}${infer At}`
              ? Bs extends `${X}${At}`
                ? true
                : false
              : false
    : As extends ''
      ? true
      : false
  : B extends `${string}${infer Bs}`
    ? Bs extends ''
      ? true
      : false
    : false;
