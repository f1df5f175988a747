// The structure of a table as the engine reports it: columns, the kinds of their values, and the primary key.
import type { ColumnFact, Dialect } from '@phraseworks/jobs/internals/core';

export type Kind = 'integer' | 'number' | 'text' | 'bytes';

export interface Column {
  name: string;
  kind: Kind;
}

export interface Table {
  name: string;
  /** Sorted by name, so that both sides have them in the same order. */
  columns: readonly Column[];
  /** The columns of the primary key, in its order. */
  key: readonly string[];
  /** Keys of rows that are not moved. */
  kept: readonly string[];
}

/** A table that cannot be moved, and why. */
export interface Unmovable {
  name: string;
  why: string;
}

/** Undefined if there is no such table. */
export async function describeTable(
  { types, reader }: Dialect,
  name: string,
  kept: readonly string[] = [],
): Promise<Table | Unmovable | undefined> {
  const facts = await types.columns(reader, name);
  return facts.length === 0 ? undefined : readFacts(name, facts, kept);
}

/** Pure. */
export function readFacts(name: string, facts: readonly ColumnFact[], kept: readonly string[]): Table | Unmovable {
  const columns: Column[] = [];
  for (const fact of [...facts].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const kind = kindOf(fact.type);
    if (kind === null)
      return { name, why: `its column ${fact.name} is declared as "${fact.type}", which engines keep differently` };
    columns.push({ name: fact.name, kind });
  }
  const key = facts
    .filter(({ place }) => Number(place) > 0)
    .sort((a, b) => Number(a.place) - Number(b.place))
    .map((fact) => fact.name);
  if (key.length === 0) return { name, why: 'it has no primary key' };
  if (key.some((part) => !['integer', 'text'].includes(columns.find((column) => column.name === part)?.kind ?? '')))
    return { name, why: 'its primary key is neither text nor a whole number' };
  return { name, columns, key, kept };
}

export const isMovable = (table: Table | Unmovable | undefined): table is Table =>
  table !== undefined && 'columns' in table;

/** Declared types, and the kind of their values. Dates and JSON are missing because each engine returns them in its own form. */
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/^(tiny|small|medium|big)?int|^integer|^bool/, 'integer'],
  [/char|text|clob|^enum/, 'text'],
  [/blob|binary/, 'bytes'],
  [/real|floa|doub|decimal|numeric/, 'number'],
];

/** The kind of a column's values; null if they would not arrive unchanged. Pure. */
export function kindOf(declared: string): Kind | null {
  const type = declared.trim().toLowerCase();
  return KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? null;
}
