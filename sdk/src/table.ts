// The tables of a plugin: each column written once. From it come the types of rows and statements, and the step that creates the table.
import type { Expression, Kysely } from 'kysely';

/** A step that creates or changes a plugin's tables, as in Kysely, which moved its own type with version 0.29. */
export interface Migration {
  // biome-ignore lint/suspicious/noExplicitAny: a step sees the tables of its time
  up(db: Kysely<any>): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: a step sees the tables of its time
  down?(db: Kysely<any>): Promise<void>;
}

/** A column of `defineTable()`; `T` is what it holds. */
export interface Column<T> {
  /** `bigint`, `double precision`, `varchar(200)`; `text` is of any length. */
  readonly type: string;
  readonly isNullable: boolean;
  /** The same column, which may also be null. Such a column may be left out of a new row. */
  orNull(): Column<T | null>;
  /** Only for the compiler. */
  readonly holds?: T;
}

// biome-ignore lint/suspicious/noExplicitAny: a column of any values
type Columns = Record<string, Column<any>>;

interface TableOptions<K extends string> {
  /** The primary key: one column, or several. */
  key: K | readonly K[];
  /** Columns that together are never the same in two rows. */
  unique?: readonly (readonly K[])[];
  indexes?: readonly (readonly K[])[];
}

export interface Table<N extends string, C extends Columns> {
  readonly name: N;
  readonly columns: C;
  /** Creates the table, and drops it. It runs by itself for the `tables` of a plugin. */
  readonly create: Migration;
  /** A step for a column that a later version adds. A column that cannot be null needs the value of the rows that are there. */
  add<K extends keyof C & string>(column: K, value?: NonNullable<C[K]['holds']>): Migration;
}

export type AnyTable = Pick<Table<string, Columns>, 'name' | 'columns' | 'create'>;

/** A row of a table: `RowOf<typeof Visits>`. */
export type RowOf<T extends AnyTable> = {
  [K in keyof T['columns']]: T['columns'][K] extends Column<infer V> ? V : never;
};

/** The tables of a plugin by name, in Kysely's form. */
type TablesOf<T extends readonly AnyTable[]> = { [D in T[number] as D['name']]: RowOf<D> };

/** A database that knows these tables: `PluginDatabase<typeof tables>`, where `tables` is the list of a plugin. */
export type PluginDatabase<T extends readonly AnyTable[] = readonly []> = Kysely<TablesOf<T>>;

const columnOf = <T>(type: string, isNullable = false): Column<T> => ({
  type,
  isNullable,
  orNull: () => columnOf<T | null>(type, true),
});

/** The columns of `defineTable()`. */
export const column = {
  /** A whole number: a count, a size, a time in milliseconds since 1970. */
  integer: () => columnOf<number>('bigint'),
  /** A number with a fraction. */
  real: () => columnOf<number>('double precision'),
  /** Text of at most so many characters, or of any length. In keys and indexes it needs a length. `column.text<'on' | 'off'>(8)` holds only these. */
  text: <T extends string = string>(length?: number) =>
    columnOf<T>(length === undefined ? 'text' : `varchar(${length})`),
};

/**
 * A table of a plugin, the same on every engine; list it in the plugin's `tables`. Its name begins with `pwj_<plugin>_`.
 *
 *     const Visits = defineTable(
 *       'pwj_visits_days',
 *       { day: column.text(10), page: column.text(191), n: column.integer(), note: column.text().orNull() },
 *       { key: ['day', 'page'], indexes: [['page']] },
 *     );
 */
export function defineTable<const N extends `pwj_${string}`, C extends Columns>(
  name: N,
  columns: C,
  { key, unique = [], indexes = [] }: TableOptions<keyof C & string>,
): Table<N, C> {
  const indexName = (of: readonly string[]): string => `${name}_${of.join('_')}`.slice(0, LONGEST_NAME);
  return {
    name,
    columns,
    create: {
      async up(db) {
        let table = db.schema.createTable(name).ifNotExists();
        for (const [column, { type, isNullable }] of Object.entries(columns))
          table = table.addColumn(column, typeOf(type), (one) => (isNullable ? one : one.notNull()));
        table = table.addPrimaryKeyConstraint(`${name}_key`, [key].flat() as never[]);
        for (const of of unique) table = table.addUniqueConstraint(indexName(of), [...of] as never[]);
        await table.execute();
        for (const of of indexes)
          await unlessThere(
            db.schema
              .createIndex(indexName(of))
              .on(name)
              .columns([...of] as never[]),
          );
      },
      down: (db) => db.schema.dropTable(name).ifExists().execute(),
    },
    add: (column, value) => ({
      async up(db) {
        const { type, isNullable } = columns[column] as C[string];
        await unlessThere(
          db.schema
            .alterTable(name)
            .addColumn(column, typeOf(type), (one) => (isNullable ? one : one.notNull().defaultTo(value))),
        );
      },
      // It goes with its table.
      down: async () => {},
    }),
  };
}

/** Of an index on MySQL. */
const LONGEST_NAME = 64;

/** On MySQL, `text` ends at 64 kB; SQLite takes every type with TEXT in it. A node, since this package has only the types of Kysely. */
const LONG_TEXT: Expression<unknown> = {
  expressionType: undefined,
  toOperationNode: () => ({ kind: 'RawNode', sqlFragments: ['longtext'], parameters: [] }) as never,
};

const typeOf = (type: string) => (type === 'text' ? LONG_TEXT : (type as 'bigint'));

/** MySQL cannot roll back what a step did before it was interrupted: it may be there. */
async function unlessThere(change: { execute(): Promise<void> }): Promise<void> {
  await change.execute().catch((error: Error) => {
    if (!/duplicate (?:column|key) name|already exists/i.test(error.message)) throw error;
  });
}
