// Names of open maps (job types, hooks): completed while they are typed, and refused by the compiler where one is misspelt.

/** Completion for the declared names, while any text is allowed. */
export type Known<M> = (keyof M & string) | (string & {});

declare const meant: unique symbol;

/** No text has this type: the compiler names the declared name that was probably meant. */
export interface DidYouMean<K extends string> {
  readonly [meant]: K;
}

/** `unknown` for a declared name and for one that resembles none of them; `DidYouMean` where one edit separates `T` from a declared name. */
export type Spelt<T extends string, M> = string extends T
  ? unknown
  : T extends keyof M
    ? unknown
    : [Near<T, keyof M & string>] extends [never]
      ? unknown
      : DidYouMean<Near<T, keyof M & string>>;

/** Names that begin differently are different names: `mail` is no misspelt `email`. */
type Near<T extends string, K extends string> = K extends `${infer First}${infer Rest}`
  ? T extends `${First}${infer Typed}`
    ? IsNear<Typed, Rest> extends true
      ? K
      : never
    : never
  : never;

/** Is one of them the other one with a character added, left out, changed, or swapped with its neighbour? */
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
