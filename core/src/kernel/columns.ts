// Columns of the core's tables, each written once: its kind, for the engines, and what it holds, for the compiler.

/**
 * `key`: text of at most 191 characters, compared byte by byte. `text`: of any length. `time`: milliseconds, or another large number.
 * `counter`: the next number.
 */
export type ColumnKind = 'key' | 'text' | 'time' | 'int' | 'counter';

export interface Column<T, K extends ColumnKind = ColumnKind> {
  readonly kind: K;
  readonly isNullable: boolean;
  /** Only for the compiler. */
  readonly holds?: T;
}

// biome-ignore lint/suspicious/noExplicitAny: a column of any values
export type Columns = Readonly<Record<string, Column<any>>>;

/** The values of a row by the names of its columns here: `createdAt`. */
export type ValuesOf<C extends Columns> = {
  -readonly [N in keyof C]: C[N] extends Column<infer T> ? T : never;
};

export const key = (): Column<string, 'key'> => ({ kind: 'key', isNullable: false });
export const keyOf = <T extends string>(): Column<T, 'key'> => ({ kind: 'key', isNullable: false });
export const text = (): Column<string, 'text'> => ({ kind: 'text', isNullable: false });
export const time = (): Column<number, 'time'> => ({ kind: 'time', isNullable: false });
export const int = (): Column<number, 'int'> => ({ kind: 'int', isNullable: false });
export const counter = (): Column<number, 'counter'> => ({ kind: 'counter', isNullable: false });
export const orNull = <T, K extends ColumnKind>({ kind }: Column<T, K>): Column<T | null, K> => ({
  kind,
  isNullable: true,
});
